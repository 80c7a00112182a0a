import { describe, expect, it } from 'vitest';
import { parseHost } from '../../control-plane/src/egress/host.ts';
import { judge, NetworkError, parseNetwork } from '../../control-plane/src/egress/policy.ts';
import type { Network } from '../../control-plane/src/sandbox/port.ts';

const LONG_LABEL = 'a'.repeat(64);
const LONG_NAME = `${'a.'.repeat(127)}com`;

describe('a host', () => {
  it.each([
    ['example.com', 'example.com'],
    ['EXAMPLE.Com', 'example.com'],
    ['example.com.', 'example.com'],
    ['my_bucket.example.com', 'my_bucket.example.com'],
    ['1and1.example', '1and1.example'],
    ['1.2.3.4.example', '1.2.3.4.example'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['BÜCHER.example', 'xn--bcher-kva.example'],
    ['пример.испытание', 'xn--e1afmkfd.xn--80akhbyknj4f'],
    ['ex。com', 'ex.com'],
    ['notlocalhost.com', 'notlocalhost.com'],
    ['local.example', 'local.example'],
  ])('%s is the name %s', (text, name) => expect(parseHost(text)).toEqual({ kind: 'name', name }));

  it.each([
    ['93.184.216.34', '93.184.216.34'],
    ['2606:4700:0::1', '2606:4700::1'],
    ['127.0.0.1', '127.0.0.1'],
    ['::FFFF:7f00:1', '::ffff:127.0.0.1'],
  ])('%s is the address %s', (text, address) =>
    expect(parseHost(text)).toEqual({ kind: 'address', address }),
  );

  it.each([
    ['decimal', ['2130706433', '017700000001', '0x7f000001', '127.1', '127.0.1', '1.2.3', '1.2.3.4.']],
    [
      'octal and hex',
      ['0177.0.0.1', '0x7f.0.0.1', '0x7f.1', '127.0.0.0x1', '127.0.0.08', '1.2.3.0x', 'é.0x7f'],
    ],
    ['numbers of other scripts', ['１２７.0.0.1', '①②⑦.0.0.1', '١٢٧.٠.٠.١', '127。0。0。1']],
    ['brackets and zones', ['[::1]', '[127.0.0.1]', 'fe80::1%eth0', '::1%25lo', '2606:4700::1%1']],
    [
      'URL parts',
      ['a@example.com', 'example.com:80', 'http://example.com', 'example.com/x', 'a\\b.com', 'a?b.com'],
    ],
    ['escapes', ['%31%32%37.0.0.1', 'ex%61mple.com', 'é%2ecom.example', 'example%00.com']],
    [
      'white space and NUL',
      ['', ' ', 'example.com ', '\texample.com', 'exa\0mple.com', 'a.com\r\nHost: b.com'],
    ],
    ['empty labels', ['.', '..', '.example.com', 'a..b', 'example.com..', '。example.com']],
    ['hyphens', ['-a.com', 'a-.com', 'a.-']],
    ['too long', [`${LONG_LABEL}.com`, LONG_NAME, `é${'a'.repeat(300)}.com`]],
    ['one label', ['localhost', 'metadata', 'com', 'LOCALHOST', 'ｌｏｃａｌｈｏｓｔ', 'kubernetes']],
    ['this machine', ['a.localhost', 'localhost.', 'a.LOCALHOST.', 'printer.local', 'router.home.arpa']],
    ['metadata', ['metadata.google.internal', 'METADATA.google.internal.', 'metadata.tencentyun.com']],
    ['broken text', ['\ud800.com', 'xn--\u0000.com', 'a\u202e.com', '*.example.com', '*']],
  ])('is not: %s', (_what, texts) => {
    expect(texts.filter((text) => parseHost(text) !== undefined)).toEqual([]);
  });
});

describe('a network field', () => {
  const ask = (network: Network, host: string, port: number) => {
    const parsed = parseHost(host);
    return parsed ? judge(parseNetwork(network), parsed, port) : 'no host';
  };

  it.each<[Network, string, number, string]>([
    ['off', 'example.com', 443, 'denied_host'],
    [[], 'example.com', 443, 'denied_host'],
    ['public', 'example.com', 443, 'allowed'],
    ['public', 'example.com', 80, 'allowed'],
    ['public', '1.1.1.1', 443, 'allowed'],
    ['public', 'example.com', 22, 'denied_port'],
    ['public', 'example.com', 8443, 'denied_port'],
    [['example.com'], 'example.com', 443, 'allowed'],
    [['Example.COM.'], 'example.com', 80, 'allowed'],
    [['example.com'], 'EXAMPLE.com.', 443, 'allowed'],
    [['example.com'], 'example.com', 8080, 'denied_port'],
    [['example.com'], 'a.example.com', 443, 'denied_host'],
    [['example.com'], 'example.com.evil.net', 443, 'denied_host'],
    [['example.com:8080'], 'example.com', 8080, 'allowed'],
    [['example.com:8080'], 'example.com', 443, 'denied_port'],
    [['example.com:8080', 'example.com'], 'example.com', 443, 'allowed'],
    [['*.example.com'], 'a.example.com', 443, 'allowed'],
    [['*.example.com'], 'b.a.example.com', 443, 'allowed'],
    [['*.example.com'], 'example.com', 443, 'denied_host'],
    [['*.example.com'], 'notexample.com', 443, 'denied_host'],
    [['*.example.com:993'], 'a.example.com', 993, 'allowed'],
    [['*.com'], 'example.com', 443, 'allowed'],
    [['*'], 'example.com', 443, 'allowed'],
    [['*'], 'example.com', 22, 'denied_port'],
    [['*:22'], 'example.com', 22, 'allowed'],
    [['*:22'], 'example.com', 443, 'denied_port'],
    [['bücher.example'], 'xn--bcher-kva.example', 443, 'allowed'],
    [['1.2.3.4'], '1.2.3.4', 443, 'allowed'],
    [['1.2.3.4'], '1.2.3.5', 443, 'denied_host'],
    [['[2606:4700::1]:8443'], '2606:4700:0::1', 8443, 'allowed'],
    [['[2606:4700::1]'], '2606:4700::1', 443, 'allowed'],
    [['*.example.com'], '1.2.3.4', 443, 'denied_host'],
  ])('%j makes %s:%i %s', (network, host, port, expected) => {
    expect(ask(network, host, port)).toBe(expected);
  });

  it.each([
    ...['', 'localhost', 'http://example.com', 'example.com/', '2606::1', '[1.2.3.4]', '[example.com]'],
    ...['example.com:', 'example.com:0', 'example.com:65536', 'example.com:080', 'example.com:+80', ':80'],
    ...['example.com:80:81', 'example.com:443-445', 'example.com:*', '[fe80::1%eth0]', '[2606::1'],
    ...['*example.com', 'a.*.com', '*.', '*.*', '**', '*.3.4', '*.internal', '*.localhost', '*:25'],
    ...['127.1', '2130706433', 'metadata.google.internal', 'example.com:25'],
  ])('refuses %j, and says which item it is', (item) => {
    const error = expectError(() => parseNetwork(['example.com', item, 'example.org']));
    expect(error.index).toBe(1);
    expect(error.message).toMatch(/^(?:It must be a public host name|The port must be from 1)/);
  });

  it('has at most 64 items', () => {
    expect(parseNetwork(Array.from({ length: 64 }, (_, at) => `h${at}.example`))).toHaveLength(64);
    const error = expectError(() => parseNetwork(Array.from({ length: 65 }, (_, at) => `h${at}.example`)));
    expect(error.index).toBe(64);
  });
});

function expectError(run: () => unknown): NetworkError {
  try {
    run();
  } catch (error) {
    if (error instanceof NetworkError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

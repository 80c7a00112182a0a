import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { dial } from '../../control-plane/src/egress/dial.ts';
import { reachJudge } from '../../control-plane/src/egress/reach.ts';
import { DnsResolver } from '../../control-plane/src/egress/resolve.ts';
import { nameServer } from './name-server.ts';
import { echo, serve } from './support.ts';

const V6 = '2606:4700:0:0:0:0:0:1111';
const never = new AbortController().signal;

describe('the resolver', () => {
  it('gives all addresses of a name, IPv4 first', async () => {
    await using server = await nameServer({ 'both.example': { A: ['1.1.1.1', '1.0.0.1'], AAAA: [V6] } });
    const found = await new DnsResolver([server.address]).resolve('both.example', never);
    expect(found.toSorted()).toEqual(['1.0.0.1', '1.1.1.1', '2606:4700::1111']);
    expect(found[2]).toBe('2606:4700::1111');
    expect(server.asked.toSorted()).toEqual(['A both.example', 'AAAA both.example']);
  });

  it.each([
    ['one kind only', { A: ['1.1.1.1'] }, ['1.1.1.1']],
    ['the other kind only', { AAAA: [V6] }, ['2606:4700::1111']],
  ])('takes a name with addresses of %s', async (_what, entry, expected) => {
    await using server = await nameServer({ 'some.example': entry });
    expect(await new DnsResolver([server.address]).resolve('some.example', never)).toEqual(expected);
  });

  it('fails for a name that does not exist, and for one without addresses', async () => {
    await using server = await nameServer({ 'empty.example': {} });
    const resolver = new DnsResolver([server.address]);
    await expect(resolver.resolve('unknown.example', never)).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await expect(resolver.resolve('empty.example', never)).rejects.toMatchObject({ code: 'ENODATA' });
  });

  it('asks name servers even for names that /etc/hosts has', async () => {
    await using server = await nameServer({});
    const resolver = new DnsResolver([server.address]);
    await expect(resolver.resolve(hostname(), never)).rejects.toMatchObject({ code: 'ENOTFOUND' });
    expect(server.asked).toContain(`A ${hostname().toLowerCase()}`);
  });

  it('asks for a name as it is, without search domains', async () => {
    await using server = await nameServer({});
    await expect(new DnsResolver([server.address]).resolve('a.example', never)).rejects.toThrow();
    expect(new Set(server.asked)).toEqual(new Set(['A a.example', 'AAAA a.example']));
  });

  it('stops asking when told to', async () => {
    await using server = await nameServer({ 'silent.example': 'silent' });
    const gone = new AbortController();
    const asked = new DnsResolver([server.address]).resolve('silent.example', gone.signal);
    gone.abort();
    await expect(asked).rejects.toMatchObject({ code: 'ECANCELLED' });
  });
});

describe('a dial by way of a name server', () => {
  const way = (resolver: DnsResolver) => ({
    resolver,
    mayReach: reachJudge((address) => address === '127.0.0.1'),
    resolveMs: 200,
    connectMs: 2_000,
  });
  const to = (name: string) => ({ kind: 'name', name }) as const;

  it('reaches what the server names', async () => {
    await using names = await nameServer({ 'here.example': { A: ['127.0.0.1'] } });
    await using server = await serve(echo);
    const resolver = new DnsResolver([names.address]);
    const { socket, address } = await dial(to('here.example'), server.port, way(resolver), never);
    socket.destroy();
    expect(address).toBe('127.0.0.1');
  });

  it.each([
    [
      'an IPv6 address that stands for loopback',
      { A: ['127.0.0.1'], AAAA: ['0:0:0:0:0:ffff:7f00:1'] },
      'denied_address',
    ],
    ['a metadata address', { A: ['169.254.169.254', '127.0.0.1'] }, 'denied_address'],
    ['no answer in time', 'silent' as const, 'not_resolved'],
  ])('fails for %s', async (_what, entry, outcome) => {
    await using names = await nameServer({ 'bad.example': entry });
    const resolver = new DnsResolver([names.address]);
    await expect(dial(to('bad.example'), 80, way(resolver), never)).rejects.toMatchObject({ outcome });
  });
});

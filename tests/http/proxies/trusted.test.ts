import { describe, expect, it } from 'vitest';
import { TrustedProxies } from '../../../control-plane/src/http/proxies/trusted.ts';

describe('trusted proxies', () => {
  it.each([
    [['10.1.2.3'], ['10.1.2.3', '::ffff:10.1.2.3'], ['10.1.2.4']],
    [['10.1.2.0/24'], ['10.1.2.0', '10.1.2.255', '::ffff:10.1.2.9'], ['10.1.3.0']],
    [['2001:db8::/32'], ['2001:db8::1', '2001:db8:ffff::'], ['2001:db9::1', '10.0.0.1']],
    [['fe80::/10'], ['fe80::1%eth0'], ['fec0::1']],
    [['loopback'], ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'], ['10.0.0.1', '::2']],
    [['Loopback', '10.0.0.1'], ['::1', '10.0.0.1'], ['10.0.0.2']],
    [[], [], ['127.0.0.1', '::1', '', 'unknown']],
  ])('%j are %j, not %j', (entries, trusted, others) => {
    const proxies = new TrustedProxies(entries);
    expect(trusted.filter((address) => !proxies.trusts(address))).toEqual([]);
    expect(others.filter((address) => proxies.trusts(address))).toEqual([]);
    expect(proxies.named).toBe(false);
  });

  it('are found by name, wherever the name leads by now', async () => {
    let answer: () => readonly string[] = () => ['172.20.0.4', '2001:db8::4'];
    const asked: string[] = [];
    const proxies = new TrustedProxies(['caddy', '10.0.0.1'], async (name) => {
      asked.push(name);
      return answer();
    });
    const trusted = () => ['172.20.0.4', '2001:db8::4', '172.20.0.5', '10.0.0.1'].filter(proxies.trusts);
    expect([proxies.named, trusted()]).toEqual([true, ['10.0.0.1']]);
    await proxies.look();
    expect(trusted()).toEqual(['172.20.0.4', '2001:db8::4', '10.0.0.1']);
    answer = () => ['172.20.0.5'];
    await proxies.look();
    expect(trusted()).toEqual(['172.20.0.5', '10.0.0.1']);

    // A name server that is away changes nothing; one that knows no such name does.
    answer = () => {
      throw Object.assign(new Error('away'), { code: 'EAI_AGAIN' });
    };
    await proxies.look();
    expect(trusted()).toEqual(['172.20.0.5', '10.0.0.1']);
    answer = () => {
      throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
    };
    await proxies.look();
    expect(trusted()).toEqual(['10.0.0.1']);
    expect(new Set(asked)).toEqual(new Set(['caddy']));
  });

  it('are found with the name service of this machine', async () => {
    const proxies = new TrustedProxies(['localhost']);
    await proxies.look();
    expect(proxies.trusts('127.0.0.1')).toBe(true);
  });
});

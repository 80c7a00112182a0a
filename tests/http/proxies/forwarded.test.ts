import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readableForwarded } from '../../../control-plane/src/http/proxies/forwarded.ts';

describe('X-Forwarded-For', () => {
  it.each([
    ['198.51.100.7', '198.51.100.7'],
    ['2001:db8::7, 198.51.100.7', '2001:db8::7, 198.51.100.7'],
    [' 198.51.100.7 ,\t10.0.0.2 ', '198.51.100.7, 10.0.0.2'],
    ['198.51.100.7:49152', '198.51.100.7'],
    ['[2001:db8::7]:443, [::1]', '2001:db8::7, ::1'],
    ['::ffff:198.51.100.7', '198.51.100.7'],
    // Nobody vouches for what stands before an entry that is no address.
    ['203.0.113.9, unknown, 10.0.0.2', '10.0.0.2'],
    ['203.0.113.9, , 10.0.0.2', '10.0.0.2'],
    ['10.0.0.2, <script>', ''],
    ['fe80::1%eth0', ''],
    ['198.51.100.7:', ''],
    ['010.0.0.1', ''],
    ['2130706433', ''],
    ['', ''],
    [',,,', ''],
  ])('%j is read as %j', (header, read) => {
    expect(readableForwarded(header)).toBe(read);
  });

  it('holds nothing but addresses afterwards, whatever was sent', () => {
    const entry = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.string(),
      fc.constantFrom('unknown', '_x', '::', '[::]:1'),
    );
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const read = readableForwarded(entries.join(','));
        const addresses = read === '' ? [] : read.split(', ');
        expect(addresses.every((address) => isIP(address) !== 0)).toBe(true);
        expect(addresses.length).toBeLessThanOrEqual(entries.join(',').split(',').length);
      }),
    );
  });
});

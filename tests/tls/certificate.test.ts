import { rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ServerCertificate } from '../../control-plane/src/tls/certificate.ts';
import { type Made, type Workshop, workshop } from './support/certificates.ts';

afterEach(() => void vi.useRealTimers());

/** A certificate in its files, and what is told of it. */
async function opened(shop: Workshop, made: Made) {
  const files = { certFile: shop.file('cert.pem'), keyFile: shop.file('key.pem') };
  await write(files, made);
  const told: [string, string, Readonly<Record<string, unknown>>][] = [];
  const line = (level: string) => (fields: Readonly<Record<string, unknown>>, message: string) =>
    void told.push([level, message, fields]);
  const log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
  const certificate = await ServerCertificate.open(files, log);
  /** Level and reason of what was told since the last time. */
  const news = () => told.splice(0).map(([level, message, { reason }]) => [level, reason ?? message]);
  return { ...files, certificate, news, told };
}

async function write(files: { certFile: string; keyFile: string }, { cert, key }: Made): Promise<void> {
  await writeFile(files.certFile, cert);
  await writeFile(files.keyFile, key);
}

const RENEWED = [['info', 'TLS certificate renewed']];

describe('the certificate of the server', () => {
  it('stays as long as its files do, also when they are written anew', async () => {
    await using shop = await workshop();
    const made = await shop.make('one');
    const { certificate, news, ...files } = await opened(shop, made);
    expect(news()).toEqual([['info', 'TLS certificate read']]);
    expect(await certificate.look()).toBeUndefined();
    await write(files, made);
    expect(await certificate.look()).toBeUndefined();
    expect(news()).toEqual([]);
  });

  it('is replaced when both files are: in place', async () => {
    await using shop = await workshop();
    const { certificate, news, told, ...files } = await opened(shop, await shop.make('one'));
    news();
    const next = await shop.make('two');
    await write(files, next);
    expect(String((await certificate.look())?.cert)).toBe(next.cert);
    expect(told.at(-1)?.[2]).toMatchObject({ subject: 'CN=two', fingerprint256: next.fingerprint });
    expect(news()).toEqual(RENEWED);
    expect(await certificate.look()).toBeUndefined();
  });

  it('is replaced when both files are: by rename', async () => {
    await using shop = await workshop();
    const { certificate, certFile, keyFile } = await opened(shop, await shop.make('one'));
    const next = await shop.make('two');
    await write({ certFile: shop.file('c.new'), keyFile: shop.file('k.new') }, next);
    await rename(shop.file('c.new'), certFile);
    await rename(shop.file('k.new'), keyFile);
    expect(String((await certificate.look())?.key)).toBe(next.key);
  });

  it('is replaced when both files are: by links that lead elsewhere', async () => {
    await using shop = await workshop();
    const { certificate, certFile, keyFile } = await opened(shop, await shop.make('one'));
    const next = await shop.make('two');
    await symlink(shop.file('made-two.pem'), shop.file('c.link'));
    await symlink(shop.file('made-two.key'), shop.file('k.link'));
    await rename(shop.file('c.link'), certFile);
    await rename(shop.file('k.link'), keyFile);
    expect(String((await certificate.look())?.cert)).toBe(next.cert);
  });

  it.each([
    ['key', 'keyFile', 'certFile'],
    ['certificate', 'certFile', 'keyFile'],
  ] as const)('waits for the other file when the %s comes first', async (_, first, then) => {
    await using shop = await workshop();
    const made = await opened(shop, await shop.make('one'));
    made.news();
    const next = await shop.make('two');
    const text = { keyFile: next.key, certFile: next.cert };
    await writeFile(made[first], text[first]);
    expect(await made.certificate.look()).toBeUndefined();
    expect(await made.certificate.look()).toBeUndefined();
    // Once, not at every look.
    expect(made.news()).toEqual([
      ['warn', expect.stringContaining('is not the key of the first certificate')],
    ]);
    await writeFile(made[then], text[then]);
    expect(String((await made.certificate.look())?.cert)).toBe(next.cert);
    expect(made.news()).toEqual(RENEWED);
  });

  it('stays while a file is broken or away, and goes on when it is whole again', async () => {
    await using shop = await workshop();
    const one = await shop.make('one');
    const { certificate, news, ...files } = await opened(shop, one);
    news();
    await truncate(files.certFile, 100);
    expect(await certificate.look()).toBeUndefined();
    expect(news()).toEqual([['warn', expect.stringContaining('holds no certificate')]]);
    await rm(files.certFile);
    expect(await certificate.look()).toBeUndefined();
    expect(news()).toEqual([['warn', expect.stringContaining('cannot be read (ENOENT)')]]);
    expect(String(certificate.options.cert)).toBe(one.cert);

    // The very same again is nothing new; broken once more is told once more.
    await write(files, one);
    expect(await certificate.look()).toBeUndefined();
    await rm(files.certFile);
    await certificate.look();
    expect(news()).toHaveLength(1);
    const two = await shop.make('two');
    await write(files, two);
    expect(String((await certificate.look())?.cert)).toBe(two.cert);
    expect(news()).toEqual(RENEWED);
  });

  it('is shown when it has expired, and that is said', async () => {
    await using shop = await workshop();
    const made = await shop.make('old');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3 * 86_400_000 });
    const { news } = await opened(shop, made);
    expect(news()).toEqual([['warn', 'TLS certificate read: it has expired']]);
  });

  it('never has a line of its key in the log', async () => {
    await using shop = await workshop();
    const { certificate, told, keyFile } = await opened(shop, await shop.make('one'));
    const other = await shop.make('two');
    await writeFile(keyFile, other.key);
    await certificate.look();
    const secret = other.key.split('\n')[1] ?? '';
    expect(secret.length).toBeGreaterThan(40);
    expect(JSON.stringify(told)).not.toContain(secret);
  });
});

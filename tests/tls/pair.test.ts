import { describe, expect, it } from 'vitest';
import { readConfig } from '../../control-plane/src/config/config.ts';
import { adviceFor } from '../../control-plane/src/startup.ts';
import { type PairFiles, pairOf, readPairBytes, TlsFilesError } from '../../control-plane/src/tls/pair.ts';
import { locked, workshop } from './support/certificates.ts';

const FILES: PairFiles = { certFile: '/c.pem', keyFile: '/k.pem' };

/** What is said of two texts that do not make a pair. */
function refusal(cert: string, key: string): string {
  try {
    pairOf({ cert: Buffer.from(cert), key: Buffer.from(key) }, FILES);
  } catch (error) {
    // The process says it and ends, as for a setting that is wrong.
    if (error instanceof TlsFilesError) return adviceFor(error, readConfig({})) ?? '';
    throw error;
  }
  return 'taken';
}

describe('a certificate and its key', () => {
  it.each([
    ['of an elliptic curve', undefined],
    ['of RSA', ['-newkey', 'rsa:2048']],
    ['of Ed25519', ['-newkey', 'ed25519']],
  ])('%s make a pair', async (_, key) => {
    await using shop = await workshop();
    const { cert, key: text, fingerprint } = await shop.make('a', key);
    const pair = pairOf({ cert: Buffer.from(cert), key: Buffer.from(text) }, FILES);
    expect(pair.certificate.fingerprint256).toBe(fingerprint);
    expect(pair.options.minVersion).toBe('TLSv1.2');
  });

  it('make a pair with the chain behind the certificate, and not with another one in front', async () => {
    await using shop = await workshop();
    const [leaf, root] = [await shop.make('leaf'), await shop.make('root')];
    expect(refusal(leaf.cert + root.cert, leaf.key)).toBe('taken');
    expect(refusal(root.cert + leaf.cert, leaf.key)).toContain(
      '/k.pem is not the key of the first certificate',
    );
  });

  it('are refused with the reason where they are none', async () => {
    await using shop = await workshop();
    const [one, other] = [await shop.make('one'), await shop.make('other')];
    expect(refusal('', one.key)).toBe('TLS_CERT_FILE /c.pem holds no certificate in PEM.');
    expect(refusal(one.key, one.key)).toBe('TLS_CERT_FILE /c.pem holds no certificate in PEM.');
    expect(refusal(one.cert.slice(0, -80), one.key)).toBe(
      'TLS_CERT_FILE /c.pem holds no certificate in PEM.',
    );
    const noKey = 'TLS_KEY_FILE /k.pem holds no private key in PEM that needs no passphrase.';
    expect(refusal(one.cert, one.cert)).toBe(noKey);
    expect(refusal(one.cert, await locked(shop, one))).toBe(noKey);
    expect(refusal(one.cert, other.key)).toBe(
      'TLS_KEY_FILE /k.pem is not the key of the first certificate in TLS_CERT_FILE /c.pem.',
    );
  });

  it('are refused where the key is too short for OpenSSL', async () => {
    await using shop = await workshop();
    const short = await shop.make('short', ['-newkey', 'rsa:512']);
    expect(refusal(short.cert, short.key)).toMatch(
      /^TLS_CERT_FILE \/c\.pem is refused by OpenSSL \(ERR_SSL_\w+\)\.$/,
    );
  });

  it('are refused with the setting and the path where a file is missing', async () => {
    await using shop = await workshop();
    const missing = { certFile: shop.file('none.pem'), keyFile: shop.file('none.key') };
    const error = await readPairBytes(missing).catch((reason: unknown) => reason);
    expect(adviceFor(error, undefined)).toBe(`TLS_CERT_FILE ${missing.certFile} cannot be read (ENOENT).`);
  });
});

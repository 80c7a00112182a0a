import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { type TempDir, tempDir } from '../../support/temp-dir.ts';

const run = promisify(execFile);
const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];

/** A certificate that vouches for itself, and its key, as an operator would have them. */
export interface Made {
  readonly cert: string;
  readonly key: string;
  readonly fingerprint: string;
}

/** A folder in which certificates are made. */
export interface Workshop extends TempDir {
  /**
   * Makes a certificate for localhost, 127.0.0.1 and ::1.
   *
   * @param name its common name
   * @param key what key it has, as flags of openssl-req(1)
   */
  make(name: string, key?: readonly string[]): Promise<Made>;
}

export async function workshop(): Promise<Workshop> {
  const dir = await tempDir();
  const make = async (name: string, key: readonly string[] = CURVE): Promise<Made> => {
    const [keyFile, certFile] = [dir.file(`made-${name}.key`), dir.file(`made-${name}.pem`)];
    const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1';
    const files = ['-keyout', keyFile, '-out', certFile];
    const all = ['req', '-x509', ...key, '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-addext', names];
    await run('openssl', [...all, ...files]);
    const [cert, text] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
    return { cert, key: text, fingerprint: new X509Certificate(cert).fingerprint256 };
  };
  return { ...dir, make };
}

/** The key of a certificate once more, behind a passphrase. */
export async function locked(dir: TempDir, { key }: Made): Promise<string> {
  const out = dir.file('locked.key');
  const child = run('openssl', ['pkey', '-aes256', '-passout', 'pass:secret', '-out', out]);
  child.child.stdin?.end(key);
  await child;
  return readFile(out, 'utf8');
}

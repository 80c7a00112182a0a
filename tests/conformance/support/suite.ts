import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { tempDir } from '../../support/temp-dir.ts';

/** One check of a scenario, as the suite reports it. */
export interface Check {
  readonly id: string;
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO';
}

/** Every scenario that the suite ran, with its checks. */
export type Results = ReadonlyMap<string, readonly Check[]>;

/**
 * Runs every scenario that a release of the conformance suite has for a revision of the protocol.
 * Its exit code says nothing: many scenarios need tools of a fixture server, and one that checks
 * nothing counts as passed. So the checks themselves are read.
 */
export async function runSuite(packageName: string, version: string, url: string): Promise<Results> {
  await using output = await tempDir();
  const root = dirname(createRequire(import.meta.url).resolve(`${packageName}/package.json`));
  const args = ['server', '--url', url, '--suite', 'all', '--spec-version', version, '-o', output.path];
  const child = spawn(process.execPath, [join(root, 'dist/index.js'), ...args], { stdio: 'ignore' });
  await once(child, 'exit');
  const results = new Map<string, readonly Check[]>();
  for (const directory of await readdir(output.path)) {
    // server-<scenario>-<time>
    const scenario = directory.replace(/^server-/, '').replace(/-\d{4}-\d\d-\d\dT[\dZ-]*$/, '');
    results.set(scenario, JSON.parse(await readFile(join(output.path, directory, 'checks.json'), 'utf8')));
  }
  return results;
}

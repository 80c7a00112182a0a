import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { tempDir } from '../../support/temp-dir.ts';

/** One check of a scenario, as the suite reports it. */
export interface Check {
  readonly id: string;
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO';
  /** What the suite says of a check that did not succeed. */
  readonly errorMessage?: string;
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
  const args = ['server', '--url', url, '--suite', 'all', '--spec-version', version, '-o', output.path];
  const child = spawn(process.execPath, [suiteProgram(packageName), ...args], { stdio: 'ignore' });
  await once(child, 'exit');
  return await readResults(output.path, 'server-');
}

/** What the suite wrote into a folder: one folder for each scenario, with a prefix and the time in its name. */
export async function readResults(folder: string, prefix: string): Promise<Results> {
  const results = new Map<string, readonly Check[]>();
  for (const name of await readdir(folder)) {
    const scenario = name.replace(prefix, '').replace(/-\d{4}-\d\d-\d\dT[\dZ-]*$/, '');
    results.set(scenario, JSON.parse(await readFile(join(folder, name, 'checks.json'), 'utf8')));
  }
  return results;
}

/** Every scenario that a release of the suite has for a revision of the protocol, by its own list. */
export async function listScenarios(packageName: string, version: string): Promise<string[]> {
  const args = ['list', '--server', '--spec-version', version];
  const { stdout } = await promisify(execFile)(process.execPath, [suiteProgram(packageName), ...args]);
  return [...stdout.matchAll(/^ {2}- (\S+)/gm)].map(([, name = '']) => name);
}

/** The command line of an installed release. */
export function suiteProgram(packageName: string): string {
  const root = dirname(createRequire(import.meta.url).resolve(`${packageName}/package.json`));
  return join(root, 'dist/index.js');
}

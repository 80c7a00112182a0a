import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { missingPackage } from '../../deploy/setup/packages.mjs';
import { ROOT, tempFolder } from './temp.ts';

interface Package {
  version: string;
  integrity?: string;
  optional?: boolean;
  resolved?: string;
  optionalDependencies?: Record<string, string>;
}

const lock = JSON.parse(await readFile(`${ROOT}/package-lock.json`, 'utf8')) as {
  packages: Record<string, Package>;
};
const packages = Object.entries(lock.packages).filter(([path]) => path !== '');

describe('package-lock.json', () => {
  test('holds the platform packages of every tool for every platform', () => {
    const missing = packages.flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => !reachable(path, name))
        .map((name) => `${path}: ${name}`),
    );
    expect(missing).toEqual([]);
  });

  test('holds the hash of every package, and the name of no registry', () => {
    expect(packages.length).toBeGreaterThan(100);
    expect(
      packages.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([path]) => path),
    ).toEqual([]);
    expect(packages.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
  });
});

/** Node's own search: next to the package, then in every folder above. */
function reachable(from: string, name: string): boolean {
  const parents = from.split('/node_modules/');
  const folders = parents.map((_, index) => parents.slice(0, index + 1).join('/node_modules/'));
  return ['', ...folders.map((folder) => `${folder}/`)].some(
    (folder) => `${folder}node_modules/${name}` in lock.packages,
  );
}

describe('set-up looks at node_modules and finds', () => {
  const wanted = { a: { version: '1.0.0' }, b: { version: '2.0.0', optional: true } };
  test.each([
    ['nothing missing, when all is as locked', wanted, undefined],
    ['nothing missing, when a package of another platform is absent', { a: wanted.a }, undefined],
    ['a package that is absent', { b: wanted.b }, 'a'],
    ['a package of another version', { ...wanted, a: { version: '0.9.0' } }, 'a'],
    ['an optional package of another version', { ...wanted, b: { version: '1.0.0' } }, 'b'],
    ['that there is no node_modules', undefined, 'a'],
  ])('%s', async (_, installed, missing) => {
    await using project = await tempFolder();
    await record(`${project.path}/package-lock.json`, wanted);
    await mkdir(`${project.path}/node_modules`);
    if (installed) await record(`${project.path}/node_modules/.package-lock.json`, installed);
    expect(missingPackage(project.path)).toBe(missing);
  });
});

async function record(file: string, named: Record<string, Package>): Promise<void> {
  const entries = Object.entries(named).map(([name, entry]) => [`node_modules/${name}`, entry]);
  await writeFile(file, JSON.stringify({ packages: Object.fromEntries(entries) }));
}

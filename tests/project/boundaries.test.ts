import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkBoundaries, type Violation } from '../../deploy/check/boundaries.ts';
import { RULES, type RuleName } from '../../deploy/check/rules.ts';
import { ROOT, tempFolder } from './temp.ts';

const SOURCE = 'control-plane/src';

/** One file that breaks each rule: where it is put, and what it holds. */
const PLANTED: Record<RuleName, { file: string; code: string }> = {
  'feature-not-http': { file: 'channels/planted.ts', code: "import '../http/planted.ts';" },
  'only-main-joins-adapters': {
    file: 'http/joins.ts',
    code: "export type * from '../storage/sqlite/planted.ts';",
  },
  'adapter-not-adapter': { file: 'storage/mongo/planted.ts', code: "import '../sqlite/planted.ts';" },
  'launcher-behind-its-port': { file: 'http/starts.ts', code: "import type {} from '../launcher/local.ts';" },
  'only-main-joins-the-launcher': {
    file: 'sandbox/containers/asks.ts',
    code: "import '../../launcher/client.ts';",
  },
  'launcher-stands-alone': { file: 'launcher/planted.ts', code: "import '../channels/target.ts';" },
  'client-without-engine': { file: 'launcher/client.ts', code: "import './body.ts';" },
  'engine-in-the-launcher': { file: 'bots/dials.ts', code: "import type {} from 'dockerode';" },
  'log-below-features': {
    file: 'log/planted.ts',
    code: "export type { Target } from '../channels/target.ts';",
  },
  'kernel-imports-nothing': { file: 'kernel/planted.ts', code: "await import('../channels/target.ts');" },
  'edge-not-edge': { file: 'http/mcp/planted.ts', code: "import '../rest/planted.ts';" },
  'no-cycle': {
    file: 'bots/round.ts',
    code: "import type { Trip } from './trip.ts';\nexport type Round = Trip;",
  },
  'dependency-declared': { file: 'bots/borrows.ts', code: "import 'vitest';" },
  resolvable: { file: 'bots/lost.ts', code: "import './nowhere.ts';" },
  'stays-inside': { file: 'bots/strays.ts', code: "import '../../../tests/planted.ts';" },
};

/** What the planted files import. */
const TARGETS: Record<string, string> = {
  [`${SOURCE}/http/planted.ts`]: 'export {};',
  [`${SOURCE}/http/rest/planted.ts`]: 'export {};',
  [`${SOURCE}/storage/sqlite/planted.ts`]: 'export {};',
  [`${SOURCE}/channels/target.ts`]: 'export type Target = 1;',
  [`${SOURCE}/bots/trip.ts`]: "import type { Round } from './round.ts';\nexport type Trip = Round;",
  'tests/planted.ts': 'export {};',
};

describe('the boundaries between the rooms of the server', () => {
  test('hold in the source as it is, and every file was looked at', async () => {
    const { modules, violations } = await checkBoundaries(ROOT);
    expect(violations).toEqual([]);
    expect(modules).toBeGreaterThan(0);
  });

  test('are broken by one planted violation of each rule, and each is found', async () => {
    await using copy = await tempFolder();
    const found = await checkPlanted(copy.path, { ...TARGETS, ...plantedFiles() });
    const expected = RULES.map(({ name }) => ({ rule: name, from: `${SOURCE}/${PLANTED[name].file}` }));
    expect(found.map(({ rule, from }) => ({ rule, from }))).toEqual(expect.arrayContaining(expected));
  });

  test.each(['using held = null;', 'await using held = null;'])('are seen past `%s`', async (statement) => {
    await using copy = await tempFolder();
    const file = `${SOURCE}/log/planted.ts`;
    const code = `${statement}\nexport const late = () => import('../channels/target.ts');`;
    const found = await checkPlanted(copy.path, { ...TARGETS, [file]: code });
    expect(found).toContainEqual({
      rule: 'log-below-features',
      from: file,
      to: `${SOURCE}/channels/target.ts`,
    });
  });
});

function plantedFiles(): Record<string, string> {
  return Object.fromEntries(Object.values(PLANTED).map(({ file, code }) => [`${SOURCE}/${file}`, code]));
}

/** Checks a copy of the project into which files were put. */
async function checkPlanted(root: string, files: Record<string, string>): Promise<Violation[]> {
  await cp(`${ROOT}/${SOURCE}`, `${root}/${SOURCE}`, { recursive: true });
  await cp(`${ROOT}/package.json`, `${root}/package.json`);
  await symlink(`${ROOT}/node_modules`, `${root}/node_modules`);
  for (const [file, code] of Object.entries(files)) {
    await mkdir(dirname(`${root}/${file}`), { recursive: true });
    await writeFile(`${root}/${file}`, code);
  }
  return (await checkBoundaries(root)).violations;
}

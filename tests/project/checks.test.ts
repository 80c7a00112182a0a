import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { checks, type CheckName } from '../../deploy/check/checks.ts';
import type { Outcome } from '../../deploy/check/tool.ts';
import { ROOT, tempFolder } from './temp.ts';

const SOURCE = 'control-plane/src';
const CONFIGURATION = ['package.json', 'tsconfig.json', '.oxlintrc.json', 'biome.json', 'knip.json'];

/** What is planted for a check: what is wrong, the file, its code, and a word of the report. */
type Planted = readonly [what: string, file: string, code: string, report: string | RegExp];

const PLANTED: Record<CheckName, readonly Planted[]> = {
  types: [
    ['a wrong type', 'a.ts', "const port: number = '8100';\nconsole.log(port);\n", 'TS2322'],
    ['syntax that Node cannot strip', 'b.ts', 'enum Port {\n  a,\n}\nconsole.log(Port.a);\n', 'TS1294'],
    ['an index that may miss', 'c.ts', 'const [first]: string[] = [];\nfirst.trim();\n', 'TS18048'],
  ],
  lint: [
    ['a promise that nobody awaits', 'a.ts', 'Promise.resolve(1);\n', 'no-floating-promises'],
    ['a promise where nobody looks', 'b.ts', '[1].forEach(async () => {});\n', 'no-misused-promises'],
    ['a wait for what is there', 'c.ts', 'await 1;\n', 'await-thenable'],
    ['any', 'd.ts', 'export const port: any = 1;\n', 'no-explicit-any'],
    [
      'an import that the boundaries miss',
      'e.ts',
      "export type Path = import('a').B;\n",
      'consistent-type-imports',
    ],
    ['a needless suppression', 'f.ts', '// oxlint-disable-next-line eqeqeq\nconsole.log(1);\n', 'Unused'],
  ],
  format: [['a format of its own', 'a.ts', 'console.log("served")\n', 'Formatter would have printed']],
  boundaries: [['an import that leads nowhere', 'a.ts', "import './nowhere.ts';\n", 'resolvable']],
  'unused code': [
    [
      'an undeclared package',
      'main.ts',
      "import 'undeclared';\nimport './values.ts';\n",
      /Unlisted[^]*undeclared/,
    ],
    ['an unused export', 'values.ts', 'export const idle = 2;\n', /Unused exports[^]*idle/],
    ['a file that nobody imports', 'alone.ts', 'export {};\n', /Unused files[^]*alone\.ts/],
  ],
};

describe('npm run check', () => {
  const names = Object.keys(PLANTED) as CheckName[];

  test.each(names.filter((name) => name !== 'unused code'))(
    'is content in its %s with clean code',
    async (name) => {
      expect(await checked(name, { 'main.ts': "console.log('served');\n" })).toMatchObject({ ok: true });
    },
  );

  test.each(names)('finds in its %s everything that was planted', async (name) => {
    const files = Object.fromEntries(PLANTED[name].map(([, file, code]) => [file, code]));
    const { ok, output } = await checked(name, files);
    expect(ok).toBe(false);
    for (const [what, , , report] of PLANTED[name]) expect(output, what).toMatch(report);
  });
});

/** Runs one check on a project that holds our configuration and these source files. */
async function checked(check: CheckName, files: Record<string, string>): Promise<Outcome> {
  await using project = await tempFolder();
  for (const file of CONFIGURATION) await cp(`${ROOT}/${file}`, `${project.path}/${file}`);
  await symlink(`${ROOT}/node_modules`, `${project.path}/node_modules`);
  await mkdir(`${project.path}/${SOURCE}`, { recursive: true });
  for (const [file, code] of Object.entries(files))
    await writeFile(`${project.path}/${SOURCE}/${file}`, code);
  return await checks(project.path)[check]();
}

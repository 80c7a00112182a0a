import { readdir } from 'node:fs/promises';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { RULES } from './rules.ts';
import { teachUsing } from './using.ts';

teachUsing();

/** One import that a rule forbids, or a file that was not looked at. */
export interface Violation {
  readonly rule: string;
  /** Path from the project's folder. */
  readonly from: string;
  readonly to: string;
}

const SOURCE = 'control-plane/src';

/**
 * Holds the imports of the server's source against the rules.
 *
 * @param root a project folder: package.json and control-plane/src
 */
export async function checkBoundaries(root: string): Promise<{ modules: number; violations: Violation[] }> {
  const { output } = await cruise([SOURCE], {
    baseDir: root,
    validate: true,
    ruleSet: { forbidden: RULES.map((rule) => ({ severity: 'error', ...rule })) as never },
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    parser: 'swc',
  });
  if (typeof output === 'string') throw new TypeError(output);
  const seen = output.modules
    .map((module) => module.source)
    .filter((source) => source.startsWith(`${SOURCE}/`));
  const files = await sourceFiles(root);
  return { modules: seen.length, violations: [...forbidden(output), ...unseen(files, seen)] };
}

function forbidden(result: ICruiseResult): Violation[] {
  return result.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }));
}

/** A cruiser without a parser for TypeScript looks at nothing and is content with it. */
function unseen(files: readonly string[], seen: readonly string[]): Violation[] {
  const looked = new Set(seen);
  const missed = files.filter((file) => !looked.has(file));
  const strange = seen.filter((module) => !files.includes(module));
  return [
    ...missed.map((from) => ({ rule: 'every-file-cruised', from, to: '' })),
    ...strange.map((from) => ({ rule: 'only-source-cruised', from, to: '' })),
  ];
}

async function sourceFiles(root: string): Promise<string[]> {
  const names = await readdir(`${root}/${SOURCE}`, { recursive: true });
  return names.filter((name) => name.endsWith('.ts')).map((name) => `${SOURCE}/${name}`);
}

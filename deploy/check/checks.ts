import { checkBoundaries } from './boundaries.ts';
import { tool, type Outcome } from './tool.ts';

export type CheckName = 'types' | 'lint' | 'format' | 'boundaries' | 'unused code';

/**
 * The checks of a project folder, by name; none has begun.
 *
 * @param root holds package.json, the tools' configuration and node_modules
 */
export function checks(root: string): Readonly<Record<CheckName, () => Promise<Outcome>>> {
  return {
    types: () => tool(root, 'typescript', ['-p', '.', '--pretty', 'false']),
    lint: () => tool(root, 'oxlint', ['--deny-warnings']),
    format: () => tool(root, '@biomejs/biome', ['format', '.']),
    boundaries: () => boundaries(root),
    'unused code': () => tool(root, 'knip', ['--no-progress', '--treat-config-hints-as-errors']),
  };
}

async function boundaries(root: string): Promise<Outcome> {
  const { modules, violations } = await checkBoundaries(root);
  const lines = violations.map(({ rule, from, to }) => `${rule}: ${from} ${to && `imports ${to}`}`);
  return { ok: violations.length === 0 && modules > 0, output: [`${modules} modules`, ...lines].join('\n') };
}

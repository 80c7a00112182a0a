import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

const START = new URL('../../../clients/typescript/agent/agent-client.ts', import.meta.url);

/** The files that a module needs before it runs, by following what is no type and no import on demand. */
async function needed(file: URL, found = new Map<string, string>()): Promise<Map<string, string>> {
  if (found.has(file.href)) return found;
  const source = await readFile(file, 'utf8');
  found.set(file.href, source);
  for (const [, name = ''] of source.matchAll(/^import (?!type )[^;]*?from '([^']+)'/gm))
    await needed(new URL(name, name.startsWith('.') ? file : 'package://'), found);
  return found;
}

it('the client needs nothing that browsers do not have', async () => {
  const files = await needed(START);
  const names = [...files.keys()].map((href) => href.split('/').at(-1));
  expect(names).toEqual(
    expect.arrayContaining(['agent-client.ts', 'connection.ts', 'token.ts', 'problem.ts']),
  );
  expect(names).not.toContain('credentials-file.ts');
  for (const source of files.values()) expect(source).not.toMatch(/\b(process|Buffer|require)\b[.(]|'node:/);
});

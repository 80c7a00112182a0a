import { readFile } from 'node:fs/promises';
import { writePrivately } from '../client/private-file.ts';
import { isRecord, Problem } from '../client/problem.ts';
import type { Credentials } from './account.ts';

/** Whose credentials a file holds. */
interface Owner {
  readonly server_url: string;
  readonly name: string;
  readonly agent_id: string;
}

/** What a file holds. */
type Kept = Owner & Credentials;

const FIELDS = ['server_url', 'name', 'agent_id', 'token'] as const;

/**
 * Reads what an agent kept.
 *
 * @param owner who asks, as far as that is known
 * @returns undefined where there is no file yet
 * @throws {Problem} LOCAL, also where the file is another agent's
 */
export async function readCredentials(path: string, owner: Partial<Owner>): Promise<Kept | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw problem(path, 'cannot be read', error);
  }
  const kept = parsed(text);
  if (!kept) throw problem(path, 'holds no credentials of an agent');
  for (const [field, value] of Object.entries(owner))
    if (kept[field as keyof Owner] !== value)
      throw problem(path, `is of another agent: its ${field} differs`);
  return kept;
}

/** @throws {Problem} LOCAL */
export async function writeCredentials(path: string, kept: Kept): Promise<void> {
  await writePrivately(path, `${JSON.stringify(kept, null, 2)}\n`).catch((error: unknown) => {
    throw problem(path, 'cannot be written', error);
  });
}

function parsed(text: string): Kept | undefined {
  try {
    const kept: unknown = JSON.parse(text);
    if (!isRecord(kept) || !FIELDS.every((field) => typeof kept[field] === 'string')) return undefined;
    return kept as unknown as Kept;
  } catch {
    return undefined;
  }
}

function problem(path: string, what: string, cause?: unknown): Problem {
  const reason = cause instanceof Error ? ` (${cause.message})` : '';
  const next = 'Set credentialsFile to a file of this agent’s own, or move this one away.';
  return new Problem('LOCAL', `The file ${path} ${what}${reason}.`, next);
}

import { z } from 'zod';

import { DIRECTORY } from './directory/state.ts';

/** Everybody who is registered when the message is. */
export const ALL = 'ALL';

const PATTERN = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/;

/** What an agent is called: by its peers, in addresses and in paths. */
export const agentId = z
  .string()
  .regex(
    PATTERN,
    'must be 1 to 64 letters, digits, dots, hyphens or underscores, a letter or digit first and last',
  )
  .refine(
    (id) => id.toUpperCase() !== ALL,
    'must be another name: only `to` may be ALL, in capitals, which means everybody',
  )
  .describe('An agent');

/** An agent_id made of a name and what keeps it from being another's. */
export function nameAgent(name: string, mark: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return `${plain.slice(0, 40).replace(/-+$/, '') || 'agent'}-${mark}`;
}

/** True for the directory and for inboxes. */
export function isAgentStream(stream: string): boolean {
  return stream === DIRECTORY || /^inbox_[0-9a-f]{32}$/.test(stream);
}

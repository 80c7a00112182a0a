import { z } from 'zod';

/** Everybody who is registered when the message is. */
export const ALL = 'ALL';

const PATTERN = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/;

/** What an agent is called: by its peers, in addresses and in paths. */
export const agentId = z
  .string()
  .regex(PATTERN, 'must be 1 to 64 letters, digits, dots, hyphens or underscores')
  .refine((id) => id.toUpperCase() !== ALL, 'must not be ALL, which means everybody')
  .describe('An agent');

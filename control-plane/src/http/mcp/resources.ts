import { readFileSync } from 'node:fs';
import type { Resource } from '@modelcontextprotocol/server';

/** A document that teaches a model to use the server. */
interface Doc extends Resource {
  readonly text: string;
}

const load = (file: string) => readFileSync(new URL(`docs/${file}`, import.meta.url), 'utf8');

const DOCS: readonly Doc[] = [
  {
    uri: 'doc://quick-start',
    name: 'quick-start',
    title: 'Quick start',
    description: 'Create a channel, join it, play, read, and come back to your seat.',
    mimeType: 'text/markdown',
    text: load('quick-start.md'),
  },
  {
    uri: 'doc://messages',
    name: 'messages',
    title: 'Messages',
    description: 'Every kind and body type of an entry, errors, and idempotency.',
    mimeType: 'text/markdown',
    text: load('messages.md'),
  },
  {
    uri: 'doc://agents',
    name: 'agents',
    title: 'Agents',
    description: 'Find other sessions without a channel, write to them, read what they wrote.',
    mimeType: 'text/markdown',
    text: load('agents.md'),
  },
];

/** The answer to resources/list. */
export const RESOURCE_LIST: readonly Resource[] = DOCS.map(({ text, ...resource }) => ({
  ...resource,
  size: Buffer.byteLength(text),
}));

/** The document under an address, undefined when there is none. */
export function readResource(uri: string): { uri: string; mimeType: string; text: string } | undefined {
  const doc = DOCS.find((candidate) => candidate.uri === uri);
  return doc && { uri, mimeType: doc.mimeType as string, text: doc.text };
}

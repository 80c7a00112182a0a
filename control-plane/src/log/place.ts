import { randomHex } from '../kernel/hash.ts';
import type { Commit, Entry, Fact } from './commit.ts';
import { FORMAT_FACT } from './commitments.ts';
import type { CommitPart, Draft, DraftFact, Position } from './model.ts';

/** Gives a draft's entries their ids, time and salts, and its facts their salts. */
export function placeDraft(stream: string, position: Position, draft: Draft): CommitPart {
  const ts = new Date(position.at).toISOString();
  let id = position.nextId;
  const entries = (draft.entries ?? []).map(
    (entry): Entry => ({ id: id++, channel_id: stream, ...entry, ts, salt: randomHex(16) }),
  );
  return {
    at: position.at,
    entries,
    facts: (draft.facts ?? []).map((fact) => salted(fact, position.nextId)),
  };
}

function salted(fact: DraftFact, before: number): Fact {
  return { ...fact, before, salt: randomHex(16) };
}

/** Joins placed parts to one commit under a fresh id; the first commit of a stream names the format. */
export function joinParts(
  stream: string,
  position: Position,
  parts: readonly CommitPart[],
  tags: readonly string[],
  cause?: number,
): Commit {
  const format =
    position.n === 0 ? [salted({ ...FORMAT_FACT, tags: FORMAT_FACT.tags }, position.nextId)] : [];
  return {
    stream,
    n: position.n,
    id: randomHex(16),
    first: position.nextId,
    at: position.at,
    entries: parts.flatMap((part) => part.entries),
    facts: [...format, ...parts.flatMap((part) => part.facts)],
    ...(cause === undefined ? {} : { cause }),
    tags,
  };
}

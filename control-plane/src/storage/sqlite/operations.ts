import type { DatabaseSync } from 'node:sqlite';
import { attachmentReads } from './attachments.ts';
import { commitReads, commitWrites } from './commits.ts';
import { contentsReads, contentsWrites } from './contents.ts';
import { recordReads, recordWrites } from './records.ts';
import { snapshotReads, snapshotWrites } from './snapshots.ts';
import { tagReads } from './tags.ts';

/** Everything that the worker can be asked for, as prepared statements of one connection. */
export function prepareOperations(db: DatabaseSync) {
  return {
    reads: {
      ...commitReads(db),
      ...tagReads(db),
      ...attachmentReads(db),
      ...snapshotReads(db),
      ...recordReads(db),
      ...contentsReads(db),
    },
    writes: { ...commitWrites(db), ...snapshotWrites(db), ...recordWrites(db), ...contentsWrites(db) },
  };
}

export type Operations = ReturnType<typeof prepareOperations>;
/** Every operation by its name, with its arguments and answer. */
export type OperationTable = Operations['reads'] & Operations['writes'];
export type OperationName = keyof OperationTable;

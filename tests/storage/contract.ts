import { describe } from 'vitest';
import type { RecordStore } from '../../control-plane/src/identity/records.ts';
import type { CommitStore } from '../../control-plane/src/log/store.ts';
import { describeAttachments } from './contract/attachments.ts';
import { describeCommits } from './contract/commits.ts';
import { describeErasing } from './contract/erasing.ts';
import { describeRecords } from './contract/records.ts';
import { describeSnapshotsAndMarks } from './contract/snapshots.ts';
import { describeTags } from './contract/tags.ts';

/** Opens an empty store of commits; disposing of it gives back whatever it took. */
export type OpenCommits = () => Promise<AsyncDisposable & { readonly commits: CommitStore }>;

/** Opens an empty store of records. */
export type OpenRecords = () => Promise<AsyncDisposable & { readonly records: RecordStore }>;

/** What every CommitStore promises. */
export function describeCommitContract(name: string, open: OpenCommits): void {
  describe(`${name} as a store of commits`, () => {
    describeCommits(open);
    describeTags(open);
    describeAttachments(open);
    describeSnapshotsAndMarks(open);
    describeErasing(open);
  });
}

/** What every RecordStore promises. */
export function describeRecordContract(name: string, open: OpenRecords): void {
  describe(`${name} as a store of identity records`, () => {
    describeRecords(open);
  });
}

/** Both contracts, for an adapter that keeps commits and records in one place. */
export function describeStoreContract(
  name: string,
  open: () => Promise<AsyncDisposable & { readonly commits: CommitStore; readonly records: RecordStore }>,
): void {
  describeCommitContract(name, open);
  describeRecordContract(name, open);
}

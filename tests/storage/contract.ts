import { describe } from 'vitest';
import type { StoreContents } from '../../control-plane/src/archive/contents.ts';
import type { RecordStore } from '../../control-plane/src/identity/records.ts';
import type { CommitStore } from '../../control-plane/src/log/store.ts';
import { describeAttachments } from './contract/attachments.ts';
import { describeContents } from './contract/contents.ts';
import { describeCommits } from './contract/commits.ts';
import { describeErasing } from './contract/erasing.ts';
import { describeRecords } from './contract/records.ts';
import { describeSnapshotsAndMarks } from './contract/snapshots.ts';
import { describeTags } from './contract/tags.ts';

/** Opens an empty store of commits; disposing of it gives back whatever it took. */
export type OpenCommits = () => Promise<AsyncDisposable & { readonly commits: CommitStore }>;

/** Opens an empty store of records. */
export type OpenRecords = () => Promise<AsyncDisposable & { readonly records: RecordStore }>;

/** Opens an empty store of everything. */
export type OpenStoreForTest = () => Promise<
  AsyncDisposable & {
    readonly commits: CommitStore;
    readonly records: RecordStore;
    readonly contents: StoreContents;
  }
>;

/** What a stand-in cannot do that the real thing does: those tests are skipped, by their names. */
export interface Unlike {
  /** A change of a record looks and writes in two steps. */
  readonly changesInTwoSteps?: boolean;
}

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
export function describeRecordContract(name: string, open: OpenRecords, unlike: Unlike = {}): void {
  describe(`${name} as a store of identity records`, () => {
    describeRecords(open, unlike);
  });
}

/** Both contracts, for an adapter that keeps commits and records in one place. */
export function describeStoreContract(name: string, open: OpenStoreForTest, unlike: Unlike = {}): void {
  describeCommitContract(name, open);
  describeRecordContract(name, open, unlike);
  describe(`${name} as something to copy`, () => {
    describeContents(open);
  });
}

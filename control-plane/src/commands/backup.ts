import type { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { keepArchive, packed } from '../archive/file.ts';
import { readStore } from '../archive/read.ts';
import { type Config, readConfig } from '../config/config.ts';
import { systemClock } from '../kernel/clock.ts';
import { askBackup, NoServerError } from '../operator/ask.ts';
import { databaseFile } from '../server-files.ts';
import { runCommand } from './command.ts';
import { openPresentStore } from './present-store.ts';
import { told } from './told.ts';

const USAGE = `Usage: npm run backup -- [--to <file>]

Keeps everything that the store holds in one file, also while servers use it. Reads the same settings as
the server (DATA_DIR, MONGODB_URL). Default: backup-<time>.mcpm.gz in this directory.

The file does not hold server.key (SERVER_KEY): keep that with it, in a safe place.`;

/** The bytes of a backup: from the running server where it has the store to itself, else from the store. */
async function bytesOf(config: Config): Promise<{ readonly bytes: Readable; readonly end: AsyncDisposable }> {
  const nothing: AsyncDisposable = { [Symbol.asyncDispose]: () => Promise.resolve() };
  if (config.mongodbUrl === undefined) {
    try {
      return { bytes: await askBackup(config.operatorSocket), end: nothing };
    } catch (error) {
      if (!(error instanceof NoServerError)) throw error;
    }
  }
  const store = await openPresentStore(config, databaseFile(config.dataDir));
  const now = systemClock.now();
  return { bytes: packed(readStore(store, now), now), end: store };
}

await runCommand(USAGE, async () => {
  const { values } = parseArgs({ options: { to: { type: 'string' }, help: { type: 'boolean' } } });
  const time = new Date().toISOString().replaceAll(/[:.]/g, '-');
  const file = values.to ?? `backup-${time}.mcpm.gz`;
  const { bytes, end } = await bytesOf(readConfig(process.env));
  await using _end = end;
  const summary = await keepArchive(bytes, file);
  console.log(`${file} holds ${told(summary)}.`);
  console.log('It does not hold server.key (SERVER_KEY): keep that with it, in a safe place.');
});

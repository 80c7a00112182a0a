import { parseArgs } from 'node:util';
import { readArchive, verifyArchive } from '../archive/file.ts';
import { fillStore } from '../archive/fill.ts';
import { restoreArchived } from '../channels/restore-archived.ts';
import { openStore } from '../assembly/store.ts';
import { readConfig } from '../config/config.ts';
import { systemClock } from '../kernel/clock.ts';
import { openServerFiles } from '../server-files.ts';
import { endOnFatal, runCommand, UsageError } from './command.ts';
import { told } from './told.ts';

const USAGE = `Usage: npm run restore -- [--archived] <file>

Fills an empty store with what a backup holds. Reads the same settings as the server (DATA_DIR,
MONGODB_URL); no server may use the store meanwhile. The file is looked at as a whole before anything is
written. A restore that was cut short goes on when it is run again.

Put server.key (or SERVER_KEY) in its place too: see docs/backup.md.

  --archived   the file is of a channel that RETENTION_DAYS moved out: it comes back, closed, into the
               store that it was in`;

await runCommand(USAGE, async () => {
  const options = { archived: { type: 'boolean' }, help: { type: 'boolean' } } as const;
  const { positionals, values } = parseArgs({ allowPositionals: true, options });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new UsageError('One file, please.');
  const config = readConfig(process.env);
  const summary = await verifyArchive(file);
  const files = await openServerFiles(config.dataDir, config.serverKey);
  await using store = await openStore(config, files, endOnFatal);
  if (values.archived) {
    const channels = await restoreArchived(store, () => readArchive(file), summary, systemClock);
    console.log(`Back in the store, closed: ${channels.join(', ')}.`);
    return;
  }
  const { skipped } = await fillStore(store, () => readArchive(file), summary);
  console.log(`The store holds ${told(summary)}${skipped > 0 ? `; ${skipped} were there already` : ''}.`);
});

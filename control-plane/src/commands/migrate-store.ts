import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ArchiveError } from '../archive/error.ts';
import { fillStore } from '../archive/fill.ts';
import { readStore } from '../archive/read.ts';
import { summaryOf } from '../archive/tally.ts';
import { openStore } from '../assembly/store.ts';
import { endOnFatal, runCommand, UsageError } from './command.ts';
import { openPresentStore } from './present-store.ts';
import { told } from './told.ts';

const USAGE = `Usage: npm run migrate-store -- --from <store> --to <store>

Copies everything from one store to another that is empty, and compares the two. A store is the path of
an embedded store's file (multiplayer.sqlite in DATA_DIR) or a mongodb:// URL. MIGRATE_FROM and MIGRATE_TO
say the same, and MIGRATE_FROM_FILE and MIGRATE_TO_FILE name files that do: a command line can be seen by
others. No server may use either store meanwhile. A copy that was cut short goes on when it is run again;
the source is not changed.`;

/** Where a store is: an option, a variable, or a file that a variable names. */
function placeOf(option: string | undefined, variable: string): string {
  const file = process.env[`${variable}_FILE`];
  const place = option ?? process.env[variable] ?? (file && readFileSync(file, 'utf8').trim());
  if (place) return place;
  throw new UsageError(`Say where to copy ${variable === 'MIGRATE_FROM' ? 'from' : 'to'}.`);
}

function urlOf(place: string): { readonly mongodbUrl: string | undefined } {
  return { mongodbUrl: /^mongodb(\+srv)?:\/\//.test(place) ? place : undefined };
}

await runCommand(USAGE, async () => {
  const options = { from: { type: 'string' }, to: { type: 'string' }, help: { type: 'boolean' } } as const;
  const { values } = parseArgs({ options });
  const [from, to] = [placeOf(values.from, 'MIGRATE_FROM'), placeOf(values.to, 'MIGRATE_TO')];
  if (from === to) throw new UsageError('The two stores are one.');
  await using source = await openPresentStore(urlOf(from), from);
  // At the beginning of time: expired records are no reason for two stores to differ.
  const items = () => readStore(source, 0);
  const summary = await summaryOf(items());
  const { streams, records } = summary.counts;
  if (streams + records === 0)
    throw new ArchiveError('The store to copy from holds nothing: is it the right one?');
  await using target = await openStore(urlOf(to), { databasePath: to }, endOnFatal);
  const { skipped } = await fillStore(target, items, summary);
  console.log(`Both stores hold ${told(summary)}${skipped > 0 ? `; ${skipped} were there already` : ''}.`);
});

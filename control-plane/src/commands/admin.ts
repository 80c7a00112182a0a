import { ADMIN_USAGE, runAdmin } from '../accounts/admin.ts';
import { joinPeople } from '../assembly/people.ts';
import { openStore } from '../assembly/store.ts';
import { readConfig } from '../config/config.ts';
import { systemClock } from '../kernel/clock.ts';
import { askAdmin, NoServerError } from '../operator/ask.ts';
import { openServerFiles } from '../server-files.ts';
import { endOnFatal, runCommand } from './command.ts';

/** By the running server, whose tokens then end at once; without one, on the store itself. */
async function answerTo(words: readonly string[]): Promise<string> {
  const config = readConfig(process.env);
  try {
    return await askAdmin(config.operatorSocket, words);
  } catch (error) {
    if (!(error instanceof NoServerError)) throw error;
  }
  const files = await openServerFiles(config.dataDir, config.serverKey);
  await using store = await openStore(config, files, endOnFatal);
  const people = joinPeople({ config, records: store.records, clock: systemClock, key: files.key });
  return await runAdmin(people, words);
}

await runCommand(ADMIN_USAGE, async () => {
  console.log(await answerTo(process.argv.slice(2)));
});

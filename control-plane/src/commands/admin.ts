import { ADMIN_USAGE, runAdmin } from '../accounts/admin.ts';
import { joinAgents } from '../assembly/agents.ts';
import { budgetsOf } from '../assembly/budgets.ts';
import { joinPeople } from '../assembly/people.ts';
import { openStore } from '../assembly/store.ts';
import { readConfig } from '../config/config.ts';
import { systemClock } from '../kernel/clock.ts';
import { noMetrics } from '../kernel/metrics.ts';
import { News } from '../log/news.ts';
import { LocalWakeups } from '../log/waiting.ts';
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
  using agents = joinAgents({
    store: store.commits,
    records: store.records,
    wakeups: new LocalWakeups(),
    clock: systemClock,
    budgets: budgetsOf(config),
    metrics: noMetrics,
    maxLoaded: config.maxLoadedChannels,
    mostOfOne: 0,
    ...(store.shared ? { news: new News(store.commits) } : {}),
    clientName: async () => undefined,
    newcomer: undefined,
    onError: (error) => {
      throw error;
    },
  });
  return await runAdmin({ ...people, agents }, words);
}

await runCommand(ADMIN_USAGE, async () => {
  console.log(await answerTo(process.argv.slice(2)));
});

/** `npm run crash -- [--minutes n] [--seed n] [--shape single|many] [--servers n] [--channels n] [--round s]` */
import { parseArgs } from 'node:util';
import { startMany } from './fleet/many.ts';
import { startSingle } from './fleet/single.ts';
import { playRound, type RoundReport } from './round.ts';

/** Posts are not to be held back by the loop guard; bots wait for one container each. */
export const CRASH_ENV = {
  LOOP_GUARD_PER_MINUTE: '1000000',
  LOOP_GUARD_BURST: '1000000',
  LOG_LEVEL: 'fatal',
} as const;

const options = {
  minutes: { type: 'string', default: '5' },
  seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  shape: { type: 'string', default: 'many' },
  servers: { type: 'string', default: '2' },
  channels: { type: 'string', default: '4' },
  round: { type: 'string', default: '300' },
} as const;

async function main(): Promise<number> {
  const { values } = parseArgs({ options });
  const end = performance.now() + Number(values.minutes) * 60_000;
  const reports: RoundReport[] = [];
  for (let seed = Number(values.seed); performance.now() < end; seed++) {
    const ms = Math.min(Number(values.round) * 1_000, end - performance.now());
    await using fleet =
      values.shape === 'single'
        ? await startSingle(CRASH_ENV)
        : await startMany(CRASH_ENV, Number(values.servers));
    const report = await playRound(fleet, { seed, ms, channels: Number(values.channels) });
    reports.push(report);
    tell(report);
    if (report.violations.length > 0) {
      console.log(JSON.stringify(report.trace));
      break;
    }
  }
  summarise(reports);
  return reports.some(({ violations }) => violations.length > 0) ? 1 : 0;
}

function tell(report: RoundReport) {
  const { seed, trace, acknowledged, hooks, lost, agents, refusals, retries, still, violations } = report;
  console.log(
    `seed ${seed}: ${trace.length} harms, ${acknowledged} posts acknowledged, ${hooks} hooks (${lost} lost their ` +
      `container twice), ${agentsLine(agents)}, ${refusals} refusals, ${retries} calls asked again, ${still.ms} ms without a post after ${causesOf(still, trace)}, ` +
      `${violations.length} violations`,
  );
  for (const violation of violations.slice(0, 20)) console.log(`  ${violation}`);
}

/** What agents wrote to each other, and how often it was handed over. */
export function agentsLine({
  messages,
  broadcasts,
  handed,
  repeats,
}: Omit<RoundReport['agents'], 'violations'>): string {
  return `${messages} messages of agents (${broadcasts} to all) handed over ${handed} times (${repeats} again)`;
}

/** What was done to the fleet shortly before, and during, a time without a post. */
function causesOf({ at, ms }: RoundReport['still'], trace: RoundReport['trace']): string {
  const near = trace.filter((harm) => harm.at > at - 5_000 && harm.at < at + ms);
  return near.map(({ name }) => name).join(', ') || 'nothing';
}

function summarise(reports: readonly RoundReport[]): void {
  const harms = Map.groupBy(
    reports.flatMap(({ trace }) => trace),
    ({ name }) => name,
  );
  const sum = (pick: (report: RoundReport) => number) =>
    reports.reduce((total, report) => total + pick(report), 0);
  console.log(`rounds       ${reports.length}`);
  for (const [name, done] of [...harms].sort(([, a], [, b]) => b.length - a.length)) {
    const longest = Math.max(...done.map(({ ms }) => ms));
    console.log(`  ${done.length} x ${name} (up again after ${longest} ms at most)`);
  }
  console.log(`posts        ${sum(({ acknowledged }) => acknowledged)} acknowledged`);
  console.log(
    `hooks        ${sum(({ hooks }) => hooks)}, ${sum(({ lost }) => lost)} lost their container twice`,
  );
  console.log(
    `agents       ${agentsLine({
      messages: sum(({ agents }) => agents.messages),
      broadcasts: sum(({ agents }) => agents.broadcasts),
      handed: sum(({ agents }) => agents.handed),
      repeats: sum(({ agents }) => agents.repeats),
    })}`,
  );
  console.log(`entries      ${sum(({ entries }) => entries)} in ${sum(({ commits }) => commits)} commits`);
  console.log(`still        ${Math.max(0, ...reports.map(({ still }) => still.ms))} ms at most`);
  console.log(`violations   ${sum(({ violations }) => violations.length)}`);
}

if (import.meta.main) process.exitCode = await main();

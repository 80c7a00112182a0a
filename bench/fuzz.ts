import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { fuzzMcp } from '../tests/fuzz/mcp/campaign.ts';
import { machine } from './report.ts';
import { runnerImage } from './runner-image.ts';

const USAGE = `Usage: npm run fuzz -- [options]

Random and mutated JSON-RPC at the MCP edge of a server of its own. Ends with 1 where an answer was a fault,
a call hung, an honest post was lost, or anything was left behind.

Options
  --cases <n>   how many, 100000 unless told
  --seed <n>    repeats another run; printed in the result`;

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '100000' },
    seed: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(USAGE);
else {
  runnerImage();
  const seed = values.seed === undefined ? randomInt(2 ** 32) : Number(values.seed);
  const cases = Number(values.cases);
  console.error(`sending ${cases} cases, seed ${seed} …`);
  const result = await fuzzMcp({ seed, cases, onRound: (done) => console.error(`${done} of ${cases}`) });
  console.log(JSON.stringify({ machine: machine(), ...result }, null, 2));
  if (result.broken.length > 0) process.exitCode = 1;
}

/*
 * A process that writes, for tests that kill it or watch its system calls:
 * `node writer.ts <path> <how many> <at once> [synchronous]`. Prints `open`, then `ack <n>` for each
 * commit of stream `a` once it is acknowledged, then waits for the end of its input.
 */
import { writeSync } from 'node:fs';
import { SqliteStore } from '../../../control-plane/src/storage/sqlite/store.ts';
import { commit } from '../contract/samples.ts';

const [path = '', total = '0', atOnce = '1', synchronous] = process.argv.slice(2);
// Unbuffered, so that what a reader sees is what was acknowledged.
const say = (line: string) => writeSync(1, `${line}\n`);

const store = await SqliteStore.open({
  path,
  testPragmas: synchronous === 'OFF' ? [{ name: 'synchronous', set: 'OFF', reads: 0 }] : [],
  onFatal: (error) => {
    say(`fatal ${error.message}`);
    process.exit(3);
  },
});
say('open');
let next = ((await store.commits.head('a'))?.n ?? -1) + 1;
const end = next + Number(total);

async function write(): Promise<void> {
  while (next < end) {
    const n = next++;
    const payload = `"${'x'.repeat(700)}"`;
    // A refused append is followed by the word that ends this process.
    await store.commits.append(commit('a', n, { payload })).catch(() => new Promise(() => {}));
    say(`ack ${n}`);
  }
}
await Promise.all(Array.from({ length: Number(atOnce) }, write));
for await (const _ of process.stdin);
await store[Symbol.asyncDispose]();

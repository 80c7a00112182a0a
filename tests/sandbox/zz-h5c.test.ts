import { test, vi, expect } from 'vitest';

import { containersOf, docker, rawImage } from './support/engine.ts';
import { call, program } from './support/programs.ts';
import { startSandbox } from './support/sandbox.ts';
import { Engine } from '../../control-plane/src/launcher/engine.ts';
const orig = Engine.prototype.remove;
const t0 = performance.now();
const say = (...a: unknown[]) => console.log(Math.round(performance.now() - t0), ...a);
Engine.prototype.remove = async function (id: string) { say('remove', id.slice(0, 6)); try { await orig.call(this, id); say('removed'); } catch (e) { say('failed', String(e)); throw e; } };
import { readFileSync } from 'node:fs';
const ECHO = readFileSync(new URL('./lifecycle.test.ts', import.meta.url), 'utf8').match(/const ECHO = `([^`]*)`/)?.[1] ?? '';
test('x', async () => {
  const log = { info: () => undefined, warn: (f: object, m: string) => say(m, JSON.stringify(f)) };
  await using sandbox = await startSandbox({ image: await rawImage(), log });
  const bot = program(ECHO);
  await sandbox.check(bot);
  const [before] = await containersOf(sandbox.instance);
  const Cmd = ['python3', '-c', 'import time; time.sleep(60)'];
  const left = await docker.getContainer(before ?? '').exec({ User: '0', Cmd });
  await left.start({ Detach: true });
  say('exec started');
  say((await sandbox.run(bot, call([1]))).outcome);
  const w = setInterval(async () => { for (const c of await docker.listContainers({ all: true, filters: { label: [`mcp-multiplayer.instance=${sandbox.instance}`] } })) say(c.Id.slice(0, 6), c.State, c.Status); }, 1000);
  await vi.waitFor(async () => expect(await containersOf(sandbox.instance)).toEqual([]), { timeout: 25_000, interval: 20 }).catch(() => say('STUCK'));
  clearInterval(w);
  say('gone');
}, 60000);

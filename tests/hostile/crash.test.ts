import { expect, test, vi } from 'vitest';
import { authorize } from '../../clients/typescript/client/oauth.ts';
import { Session } from '../../clients/typescript/client/session.ts';
import { rawImage } from '../sandbox/support/engine.ts';
import { containersOf } from '../support/containers.ts';
import { testEnv } from '../support/server-env.ts';
import { ServerProcess } from '../support/server-process.ts';
import { tempDir } from '../support/temp-dir.ts';
import { gone, looked, shown } from './support/attack.ts';
import { LOOP } from './support/raw-bot.ts';
import { fails } from './support/row.ts';
import { openSeat, seatIn } from './support/seat.ts';
import { busy, processesOf } from './support/traces.ts';

test.each([
  ['the machine', (server: ServerProcess) => server.kill()],
  ['the server alone', async (server: ServerProcess) => void (await server.killServer()).kill()],
])(
  'a hook that is cut by SIGKILL of %s leaves nothing, and runs again',
  {
    timeout: 60_000,
  },
  async (_what, kill) => {
    await using data = await tempDir();
    const env = testEnv(data.path, { RUNNER_IMAGE: await rawImage(), HOOK_WALL_MS: '2000' });
    await using first = await ServerProcess.start(env);
    const token = await authorize(first.url, 'Mallory');
    await using before = await Session.connect(first.url, token, 'Mallory');
    const seat = await openSeat(before, { bot_code: LOOP });
    const { container } = await looked(seat);
    const { channel_id } = seat;
    await before.call('post_message', { channel_id, body: 'attack', wait_ms: 0 });
    await vi.waitFor(() => expect(busy(container)).toBe(true), { timeout: 10_000 });
    await kill(first);
    // With the launcher gone too, what is left is a container without a process, for the next launcher.
    await vi.waitFor(() => expect(processesOf(container)).toEqual([]), { timeout: 10_000 });

    await using second = await ServerProcess.start(env);
    expect(await gone(container)).toEqual([]);
    await using after = await Session.connect(second.url, token, 'Mallory');
    const again = seatIn(after, channel_id);
    await looked(again);
    const errors = (await again.log()).filter(
      ({ sender_kind, body }) => sender_kind === 'server' && isError(body),
    );
    expect(errors.map((error) => shown([error]))).toEqual([fails('timeout')]);
    await second.stop();
    expect(await containersOf(env.INSTANCE_ID)).toEqual([]);
  },
);

function isError(body: unknown): boolean {
  return (body as { type?: unknown }).type === 'bot:error';
}

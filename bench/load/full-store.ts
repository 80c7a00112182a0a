import { databaseFile } from '../../control-plane/src/server-files.ts';
import { SqliteStore } from '../../control-plane/src/storage/sqlite/store.ts';
import { openChannels } from '../../tests/support/channels.ts';
import { FakeSandbox, notRun } from '../../tests/support/fake-sandbox.ts';

const AT_ONCE = 100;
const BOT = `class Bot:
    def __init__(self, ctx, params):
        self.ctx = ctx
    def on_message(self, msg):
        self.ctx.post("seen", {"of": msg["id"]})
`;

/**
 * Writes the store of a server that was killed: so many channels of two seats and a post, of which some
 * have a bot whose hooks are all still to run. By the server's own services, in this process.
 *
 * @param directory the DATA_DIR of a server that does not run
 */
export async function fillStore(directory: string, channels: number, withWork: number): Promise<void> {
  const onFatal = (error: Error) => {
    throw error;
  };
  await using store = await SqliteStore.open({ path: databaseFile(directory), onFatal });
  // No hook ever gets a container, so all of them stay in the log.
  const sandbox = new FakeSandbox();
  sandbox.script(BOT, () => notRun());
  const served = openChannels({ store: store.commits, sandbox, maxLoaded: 1_000 });
  const numbers = Array.from({ length: channels }, (_, n) => n).values();
  const work = async () => {
    for (const n of numbers) await fillChannel(served.as(`acc_${n}`), n < withWork);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await served.pipeline.stop();
}

async function fillChannel(
  client: ReturnType<ReturnType<typeof openChannels>['as']>,
  withWork: boolean,
): Promise<void> {
  const slots = ['invite:a', 'invite:b'];
  const { invites } = await client.create_channel(
    withWork ? { name: 'Bench', slots: ['bot:Bot', ...slots], bot_code: BOT } : { name: 'Bench', slots },
  );
  const seats = [];
  for (const invite_code of invites) seats.push(await client.join_channel({ invite_code }));
  const [seat] = seats;
  if (!seat) throw new Error('The channel has no seats.');
  const { channel_id, rejoin_token } = seat;
  await client.post_message({ channel_id, seat: rejoin_token, body: 'a word', wait_ms: 0 });
}

import { broadcast, flood, pace } from './senders.ts';
import type { Asked, Command, Commands, Told } from './protocol.ts';
import { Receivers } from './receivers.ts';

/** The load generator's process: does one command after the other, as it is told. */
const receivers = new Receivers();

const DO: { readonly [C in Command]: (input: Commands[C]['in']) => Promise<Commands[C]['out']> } = {
  connect: (input) => receivers.connect(input),
  receive: (input) => receivers.receive(input),
  cut: () => receivers.cut(),
  flood,
  pace,
  broadcast,
};

async function answer({ command, input }: Asked): Promise<Told> {
  try {
    return { value: await (DO[command] as (input: unknown) => Promise<unknown>)(input) };
  } catch (error) {
    return { error: String(error instanceof Error ? error.message : error) };
  }
}

process.on('message', (asked: Asked) => {
  void answer(asked).then((told) => process.send?.(told));
});
process.on('disconnect', () => process.exit());
process.send?.({ value: 'ready' });

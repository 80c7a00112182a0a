import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { fillStore } from '../../control-plane/src/archive/fill.ts';
import type { Item } from '../../control-plane/src/archive/items.ts';
import { readStore } from '../../control-plane/src/archive/read.ts';
import { summaryOf } from '../../control-plane/src/archive/tally.ts';
import { openTown } from '../agents/support/town.ts';
import { freshSqlite } from '../support/sqlite-store.ts';

it('a copy made while agents write holds every broadcast that an inbox in it knows of', async () => {
  await using source = await freshSqlite();
  await using target = await freshSqlite();
  const town = openTown({ store: source.commits });
  const [alpha, beta] = [await town.agent('alpha'), await town.agent('beta')];
  await beta.send('alpha', 'first');
  const items: Item[] = [];
  for await (const item of readStore(source, 0)) {
    items.push(item);
    // Somebody reads and writes after any step of it.
    await beta.send('ALL', 'to all');
    await alpha.read({ cursor: (await alpha.read()).cursor });
  }
  await fillStore(target, () => Readable.from(items), await summaryOf(Readable.from(items)));
  const copy = openTown({ store: target.commits });
  await copy.as('acc_beta').send_agent_message({ from: 'beta', to: 'ALL', message: 'after the restore' });
  const { messages } = await copy.as('acc_alpha').read_inbox({ agent_id: 'alpha', limit: 200 });
  expect(messages.map(({ message }) => message)).toContain('after the restore');
});

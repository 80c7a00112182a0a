import { expect, it } from 'vitest';
import { createPrometheusMetrics } from '../../control-plane/src/http/ops/prometheus.ts';
import { openStreet } from './support/street.ts';

it('messages, open lines and why lines ended are counted for the operator', async () => {
  const metrics = createPrometheusMetrics();
  const series = async () =>
    (await metrics.render()).split('\n').filter((line) => /^(agent_|waiters )/.test(line));
  await using street = await openStreet({ metrics });
  const [alpha, beta] = [await street.agent('alpha'), await street.agent('beta')];
  await beta.send('alpha', 'x');
  await beta.send('ALL', 'x');
  await beta.send('ALL', 'y');
  await using first = await street.open('alpha');
  await using second = await street.open('alpha');
  await first.closed;
  const parked = alpha.read({ cursor: '1.2', timeout_ms: 20_000 });
  await expect
    .poll(series, { timeout: 10_000 })
    .toEqual([
      'waiters 1',
      'agent_messages_total{to="one"} 1',
      'agent_messages_total{to="all"} 2',
      'agent_connections 1',
      'agent_closes_total{reason="replaced"} 1',
    ]);
  await beta.send('alpha', 'wake');
  await parked;
  second.socket.close();
  await expect.poll(series, { timeout: 10_000 }).toContain('agent_closes_total{reason="client"} 1');
  expect(await series()).toEqual(expect.arrayContaining(['waiters 0', 'agent_connections 0']));
});

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Metrics } from '../../kernel/metrics.ts';

const START_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];

type SandboxMetrics = Pick<
  Metrics,
  'claim' | 'containerStart' | 'kill' | 'outOfMemory' | 'egress' | 'containers'
>;

/** What is counted of containers and of what bots do in them. */
export function sandboxMetrics(registry: Registry): SandboxMetrics {
  const registers = [registry];
  const claims = new Histogram({
    name: 'sandbox_claim_seconds',
    help: 'Time until a bot had its container, by where that came from',
    labelNames: ['source'] as const,
    buckets: START_SECONDS,
    registers,
  });
  const starts = new Histogram({
    name: 'sandbox_container_start_seconds',
    help: 'Containers started, by outcome',
    labelNames: ['outcome'] as const,
    buckets: START_SECONDS,
    registers,
  });
  const kills = counter('sandbox_kills_total', 'Hooks and containers ended, by cause', 'cause');
  const outOfMemory = new Counter({
    name: 'sandbox_out_of_memory_total',
    help: 'Processes of bots that the kernel ended for want of memory',
    registers,
  });
  const connections = counter(
    'egress_connections_total',
    'Connections that bots asked for, by outcome',
    'outcome',
  );
  const bytes = counter('egress_bytes_total', 'Bytes that bots received (in) and sent (out)', 'direction');
  return {
    claim: (source, ms) => claims.observe({ source }, ms / 1000),
    containerStart: (outcome, ms) => starts.observe({ outcome }, ms / 1000),
    kill: (cause) => kills.inc({ cause }),
    outOfMemory: () => outOfMemory.inc(),
    egress(outcome, bytesIn, bytesOut) {
      connections.inc({ outcome });
      bytes.inc({ direction: 'in' }, bytesIn);
      bytes.inc({ direction: 'out' }, bytesOut);
    },
    containers: (read) => watchContainers(registry, read),
  };

  function counter<Label extends string>(name: string, help: string, label: Label): Counter<Label> {
    return new Counter({ name, help, labelNames: [label], registers });
  }
}

function watchContainers(registry: Registry, read: Parameters<Metrics['containers']>[0]): void {
  const registers = [registry];
  for (const name of ['containers', 'sandbox_waiting_bots']) registry.removeSingleMetric(name);
  new Gauge({
    name: 'containers',
    help: 'Bot containers by state; blank ones wait for their first bot',
    labelNames: ['state'] as const,
    registers,
    collect() {
      for (const [state, count] of Object.entries(read().containers)) this.set({ state }, count);
    },
  });
  new Gauge({
    name: 'sandbox_waiting_bots',
    help: 'Bots that wait for a container',
    registers,
    collect() {
      this.set(read().waiting);
    },
  });
}

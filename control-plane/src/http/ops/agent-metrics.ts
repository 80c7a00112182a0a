import { Counter, Gauge, type Registry } from 'prom-client';
import type { Metrics } from '../../kernel/metrics.ts';

/** What is counted of agents and their lines. */
export function agentMetrics(registry: Registry): Pick<Metrics, 'message' | 'line'> {
  const registers = [registry];
  const messages = new Counter({
    name: 'agent_messages_total',
    help: 'Durable messages of agents, to one or to all',
    labelNames: ['to'] as const,
    registers,
  });
  const lines = new Gauge({ name: 'agent_connections', help: 'WebSockets of agents', registers });
  const closes = new Counter({
    name: 'agent_closes_total',
    help: 'WebSockets of agents that ended, by why',
    labelNames: ['reason'] as const,
    registers,
  });
  return {
    message: (to) => messages.inc({ to }),
    line() {
      lines.inc();
      return (reason) => {
        lines.dec();
        closes.inc({ reason });
      };
    },
  };
}

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Metrics } from '../../kernel/metrics.ts';
import { agentMetrics } from './agent-metrics.ts';
import type { Exposition } from './routes.ts';
import { sandboxMetrics } from './sandbox-metrics.ts';

/** Metrics that Prometheus can read. */
export interface PrometheusMetrics extends Metrics, Exposition {}

const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const HOOK_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Counts with prom-client, in a registry of its own. */
export function createPrometheusMetrics(): PrometheusMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Answered HTTP requests',
    labelNames: ['route', 'method', 'status'] as const,
    buckets: REQUEST_SECONDS,
    registers,
  });
  const posts = new Counter({ name: 'posts_total', help: 'Durable posts of members', registers });
  const hooks = new Histogram({
    name: 'hook_duration_seconds',
    help: 'Hook runs by outcome',
    labelNames: ['outcome'] as const,
    buckets: HOOK_SECONDS,
    registers,
  });
  const waiters = new Gauge({ name: 'waiters', help: 'Calls parked until something happens', registers });
  return {
    contentType: registry.contentType,
    render: () => registry.metrics(),
    request: (route, method, status, ms) => requests.observe({ route, method, status }, ms / 1000),
    post: () => posts.inc(),
    hook: (outcome, ms) => hooks.observe({ outcome }, ms / 1000),
    waiter: () => countWaiter(waiters),
    ...agentMetrics(registry),
    ...sandboxMetrics(registry),
  };
}

function countWaiter(waiters: Gauge): () => void {
  waiters.inc();
  let parked = true;
  return () => {
    if (parked) waiters.dec();
    parked = false;
  };
}

import { createPrometheusMetrics } from '../../../control-plane/src/http/ops/prometheus.ts';

const KEYWORDS = new Set(['by', 'without', 'on', 'ignoring', 'and', 'or', 'unless', 'bool', 'offset']);

/** The names of metrics and of labels in an expression of PromQL. */
export function namesIn(expression: string): { readonly metrics: string[]; readonly labels: string[] } {
  const labels: string[] = [];
  const bare = expression
    .replaceAll(/\{([^}]*)\}/g, (_, matchers: string) => {
      labels.push(...[...matchers.matchAll(/(\w+)\s*[=!]~?=?\s*"/g)].map(([, name = '']) => name));
      return ' ';
    })
    .replaceAll(/\[[^\]]*\]/g, ' ')
    .replaceAll(/\b(?:by|without)\s*\(([^)]*)\)/g, (_, names: string) => {
      labels.push(...names.split(',').map((name) => name.trim()));
      return ' ';
    })
    // Functions, then numbers.
    .replaceAll(/\b[a-z_]\w*\s*\(/g, '(')
    .replaceAll(/\b\d[\d.e]*\b/g, ' ');
  const metrics = [...bare.matchAll(/[a-zA-Z_:][\w:]*/g)].map(([name]) => name);
  return { metrics: metrics.filter((name) => !KEYWORDS.has(name)), labels };
}

/** Names of the series that a server shows, and of their labels, Prometheus' own among them. */
export async function seriesOfServer() {
  const metrics = createPrometheusMetrics();
  metrics.containers(() => ({ containers: { idle: 1 }, waiting: 0 }));
  metrics.request('/health', 'GET', 200, 1);
  metrics.hook('ok', 1);
  metrics.claim('warm', 1);
  metrics.containerStart('ok', 1);
  metrics.kill('timeout');
  metrics.egress('closed', 1, 1);
  const text = await metrics.render();
  const samples = [...text.matchAll(/^([a-zA-Z_:][\w:]*)(?:\{([^}]*)\})?/gm)];
  const labels = samples.flatMap(([, , given = '']) =>
    [...given.matchAll(/(\w+)="/g)].map(([, name = '']) => name),
  );
  return {
    names: new Set([...samples.map(([, name = '']) => name), 'up']),
    labels: new Set([...labels, 'job', 'instance']),
  };
}

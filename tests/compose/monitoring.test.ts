import { readFile } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../project/temp.ts';
import { docker } from '../sandbox/support/engine.ts';
import { STAND_INS } from './support/compose.ts';
import { namesIn, seriesOfServer } from './support/metrics.ts';

const FOLDER = `${ROOT}/deploy/compose`;

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

const dashboard = JSON.parse(await readFile(`${FOLDER}/grafana/dashboards/multiplayer.json`, 'utf8')) as {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
};
const datasource = await readFile(`${FOLDER}/grafana/provisioning/datasources/prometheus.yml`, 'utf8');
const alerts = await readFile(`${FOLDER}/prometheus/alerts.yml`, 'utf8');

const asked = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => [`panel: ${title}`, expr] as const),
);
/** One line, or a block of lines that are deeper. */
const rules = [...alerts.matchAll(/- alert: (\w+)\n\s+expr: (?:\|\n((?: {10,}.*\n)+)|(.*)\n)/g)].map(
  ([, name, block, line]) => [`alert: ${name}`, block ?? line ?? ''] as const,
);

describe('what is asked of Prometheus', () => {
  it('is read from its files as a whole', () => {
    expect(asked.length).toBeGreaterThan(20);
    expect(rules).toHaveLength(alerts.match(/- alert:/g)?.length ?? 0);
  });

  it.each([
    ['sum by (le) (rate(a_bucket{b="x", c=~"y|z"}[5m])) / 0.5 > 1e3', ['a_bucket'], ['b', 'c', 'le']],
    ['absent(up{job="j"}) or min_over_time(waiting[5m]) > 0', ['up', 'waiting'], ['job']],
  ])('is understood: %s', (expression, metrics, labels) => {
    expect(namesIn(expression)).toEqual({ metrics, labels });
  });

  it.each([...asked, ...rules])('has its metrics and labels in a server, %s', async (_, expression) => {
    const series = await seriesOfServer();
    const { metrics, labels } = namesIn(expression);
    expect(metrics.length).toBeGreaterThan(0);
    expect(metrics.filter((name) => !series.names.has(name))).toEqual([]);
    expect(labels.filter((name) => !series.labels.has(name))).toEqual([]);
  });

  it.skipIf(!STAND_INS)('is what promtool takes', async () => {
    const said = new PassThrough();
    const told = text(said);
    const [end] = await docker.run(STAND_INS ?? '', ['check', 'config', '/p/prometheus.yml'], said, {
      Entrypoint: ['promtool'],
      Tty: true,
      HostConfig: { Binds: [`${FOLDER}/prometheus:/p:ro`], NetworkMode: 'none', AutoRemove: true },
    });
    said.end();
    expect([end.StatusCode, await told]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });
});

describe("Grafana's dashboard", () => {
  const { panels } = dashboard;
  const graphs = panels.filter(({ type }) => type !== 'row');

  it('asks the datasource that is provisioned', () => {
    const uid = /^\s+uid: (\w+)$/m.exec(datasource)?.[1];
    expect(new Set(graphs.map((panel) => panel.datasource?.uid))).toEqual(new Set([uid]));
  });

  it('has panels of known kinds, each with an id of its own and something to show', () => {
    expect(new Set(panels.map(({ type }) => type))).toEqual(new Set(['row', 'stat', 'timeseries']));
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(graphs.filter(({ targets = [] }) => targets.length === 0)).toEqual([]);
  });

  it('has no panel beyond its 24 columns or on top of another', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBeLessThanOrEqual(24);
  });
});

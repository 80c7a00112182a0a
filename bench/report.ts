import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import type { Figure } from './figure.ts';

/** A whole run. */
export interface Report {
  readonly machine: ReturnType<typeof machine>;
  readonly settings: Readonly<Record<string, string | number>>;
  readonly figures: readonly Figure[];
}

/** What figures depend on. */
export function machine() {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memory_mib: Math.round(totalmem() / 2 ** 20),
    node: process.version,
    load_1m_at_start: loadavg()[0] ?? 0,
  };
}

/** The run as a person reads it. */
export function table({ machine: on, settings, figures }: Report): string {
  const rows = figures.map((figure) => [
    figure.name,
    figure.edge ?? '',
    number(figure.value, figure.unit),
    figure.p99 === undefined ? '' : number(figure.p99, figure.unit),
    figure.floor ? number(figure.floor.value, figure.unit) : '',
    figure.target ? `${figure.target.met ? 'met' : 'MISSED'} ${figure.target.text}` : '',
    figure.floor ? ratioOf(figure) : '',
    figure.floor?.of ?? '',
  ]);
  return [
    `${on.cpu}, ${on.cores} cores, ${on.memory_mib} MiB, Node ${on.node}, load ${on.load_1m_at_start.toFixed(1)} at start`,
    ...Object.entries(settings).map(([name, value]) => `${name}: ${value}`),
    '',
    ...columns([['figure', 'edge', 'p50', 'p99', 'floor', 'target', 'x floor', 'the floor is'], ...rows]),
  ].join('\n');
}

function ratioOf({ value, floor }: Figure): string {
  return floor ? (value / floor.value).toFixed(2) : '';
}

function number(value: number, unit: Figure['unit']): string {
  if (unit === '1/s') return `${Math.round(value)}/s`;
  return `${value.toFixed(value < 10 ? 2 : 0)} ${unit}`;
}

function columns(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

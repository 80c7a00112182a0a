import type { Samples } from './sampling.ts';

/** What a figure is compared with, measured in the same run. */
export interface Floor {
  /** What it is made of, such as "bare route + bare insert". */
  readonly of: string;
  readonly value: number;
}

/** What is to be reached. `value` is compared with `limit` in the unit of the limit. */
export interface Target {
  /** Such as "at most 4x the floor". */
  readonly text: string;
  readonly value: number;
  readonly limit: number;
  readonly met: boolean;
}

/** One measured figure. */
export interface Figure {
  readonly name: string;
  readonly edge?: string;
  readonly unit: 'ms' | '1/s' | 'MB';
  /** The median, or the rate. */
  readonly value: number;
  readonly p99?: number;
  readonly samples: number;
  readonly floor?: Floor;
  readonly target?: Target;
}

/** A floor as a figure of its own. */
export function bare(name: string, { p50, p99, count }: Samples): Figure {
  return { name, unit: 'ms', value: p50, p99, samples: count };
}

/** A figure may be so many times its floor. */
export function withinFloor(value: number, floor: Floor, times: number): Target {
  const ratio = value / floor.value;
  return { text: `<= ${times}x floor`, value: ratio, limit: times, met: ratio <= times };
}

export function under(value: number, limit: number): Target {
  return below(value, limit, 'ms');
}

export function below(value: number, limit: number, unit: Figure['unit']): Target {
  return { text: `< ${limit} ${unit}`, value, limit, met: value < limit };
}

export function atLeast(value: number, limit: number): Target {
  return { text: `>= ${limit}/s`, value, limit, met: value >= limit };
}

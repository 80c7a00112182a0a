import type Docker from 'dockerode';
import type { Call, Edge } from './edges.ts';
import type { Figure } from './figure.ts';
import type { BareContainers } from './floors/container.ts';
import type { Floors } from './floors/floors.ts';

/** What every set of figures is measured with. */
export interface Bench {
  /** One account's calls over each edge, by clients of their own. */
  readonly calls: Readonly<Record<Edge, Call>>;
  /** Of the server, and of an account there, for loads that make their own requests. */
  readonly url: string;
  readonly token: string;
  readonly floors: Floors;
  /** True for a short run. */
  readonly quick: boolean;
  /** Samples of what takes about a millisecond; slower things take a part of them. */
  readonly samples: number;
  /** Entries of a channel whose game has been long. */
  readonly manyEntries: number;
  /** Entries of a channel that people have posted to for long. */
  readonly longEntries: number;
  /** How long throughput is measured, ms. */
  readonly throughputMs: number;
  /** CPU time that the server's process has used, all its threads, ms; NaN where the system does not tell. */
  readonly serverCpuMs: () => number;
  /** Containers without anything of ours around them. */
  readonly containers: BareContainers;
  /** The engine, for what only it knows. */
  readonly engine: Docker;
  readonly runnerImage: string;
  /** Label of the containers that the server's launcher makes. */
  readonly instance: string;
  /** Socket of the server's launcher. */
  readonly launcherSocket: string;
  readonly say: (line: string) => void;
}

/** A set of figures that are measured together. A new one is added to the list in main.ts. */
export interface FigureSet {
  readonly name: string;
  measure(bench: Bench): Promise<Figure[]>;
}

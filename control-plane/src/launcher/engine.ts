import type { Duplex } from 'node:stream';
import Docker, { type ImageInspectInfo } from 'dockerode';
import { type ContainerRequest, containerBody, LABEL_INSTANCE, LABEL_OWNER } from './body.ts';
import { withinMs } from '../kernel/within.ts';

/** A container of ours as the engine lists it. */
export interface ListedContainer {
  readonly id: string;
  readonly name: string;
  readonly instance: string;
  readonly owner: string;
  readonly running: boolean;
  /** Seconds since the epoch. */
  readonly createdAt: number;
}

/** The engine does not know the runtime that was asked for. */
export class UnknownRuntimeError extends Error {
  override readonly name = 'UnknownRuntimeError';
  readonly runtime: string;
  readonly known: readonly string[];

  constructor(runtime: string, known: readonly string[]) {
    super(`The container engine has no runtime ${runtime}.`);
    this.runtime = runtime;
    this.known = known;
  }
}

/** The few calls to Docker that we make, each within a time limit. Nothing else talks to the engine. */
export class Engine {
  readonly #docker: Docker;
  readonly #limitMs: number;

  constructor(socketPath: string, limitMs: number) {
    // An empty host, else DOCKER_HOST in the environment would win over the path that we were given.
    this.#docker = new Docker({ socketPath, host: '' });
    this.#limitMs = limitMs;
  }

  async ping(): Promise<void> {
    await this.#call('Asking the container engine', (signal) => this.#get('/_ping', signal));
  }

  /** `sha256:…` of a local image. */
  async imageDigest(reference: string): Promise<string> {
    const path = `/images/${reference}/json`;
    const info = await this.#call('Looking up the runner image', (signal) => this.#get(path, signal));
    return (info as ImageInspectInfo).Id;
  }

  /** What the engine can run containers by, and whether it runs in a user namespace. */
  async about(): Promise<{ readonly runtimes: readonly string[]; readonly inNamespace: boolean }> {
    const info = await this.#call('Asking the container engine', (signal) => this.#get('/info', signal));
    const { Runtimes = {}, SecurityOptions = [] } = info as { Runtimes?: object; SecurityOptions?: string[] };
    const inNamespace = SecurityOptions.some((option) => /^name=(rootless|userns)\b/.test(option));
    return { runtimes: Object.keys(Runtimes), inNamespace };
  }

  /** Makes a container and returns its id; it does not run yet. */
  async create(request: ContainerRequest): Promise<string> {
    const container = await this.#call('Creating a container', (abortSignal) =>
      this.#docker.createContainer({ ...containerBody(request), abortSignal }),
    );
    return container.id;
  }

  /** Both ways of the container's standard streams, framed as the engine does without a terminal. */
  async attach(id: string): Promise<Duplex> {
    const query = { stream: true, stdin: true, stdout: true, stderr: true };
    // Given as query and empty body, else the client library would write its options into stdin.
    const options = { hijack: true, _query: query, _body: {} };
    const stream = await this.#call('Attaching to a container', (abortSignal) =>
      this.#docker.getContainer(id).attach({ ...options, abortSignal }),
    );
    return stream as Duplex;
  }

  async start(id: string): Promise<void> {
    await this.#call('Starting a container', (abortSignal) =>
      this.#docker.getContainer(id).start({ abortSignal }),
    );
  }

  /** True if the kernel ended the container's first process for want of memory. */
  async ranOutOfMemory(id: string): Promise<boolean> {
    const container = this.#docker.getContainer(id);
    const info = await this.#call('Looking at a container', (abortSignal) =>
      container.inspect({ abortSignal }),
    );
    return info.State.OOMKilled;
  }

  /** Kills and removes; a container that is gone, or is being removed, is a success. */
  async remove(id: string): Promise<void> {
    try {
      await this.#call('Removing a container', (abortSignal) =>
        this.#docker.getContainer(id).remove({ force: true, v: true, abortSignal }),
      );
    } catch (error) {
      const status = statusOf(error);
      if (status !== 404 && status !== 409) throw error;
    }
  }

  /** Every container, running or not, that any instance of this program made. */
  async list(): Promise<ListedContainer[]> {
    const filters = { label: [LABEL_INSTANCE] };
    const found = await this.#call('Listing containers', (abortSignal) =>
      this.#docker.listContainers({ all: true, filters, abortSignal }),
    );
    return found.map((one) => ({
      id: one.Id,
      name: (one.Names[0] ?? '').replace(/^\//, ''),
      instance: one.Labels[LABEL_INSTANCE] ?? '',
      owner: one.Labels[LABEL_OWNER] ?? '',
      running: one.State === 'running' || one.State === 'paused',
      createdAt: one.Created,
    }));
  }

  /** For what the client library has no call that can be given up. */
  #get(path: string, abortSignal: AbortSignal): Promise<unknown> {
    const statusCodes = { 200: true, 404: 'not found', 500: 'server error' };
    return new Promise((resolve, reject) => {
      this.#docker.modem.dial({ path, method: 'GET', abortSignal, statusCodes }, (error, answer) =>
        error instanceof Error ? reject(error) : resolve(answer),
      );
    });
  }

  #call<T>(step: string, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return withinMs(this.#limitMs, step, run);
  }
}

function statusOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
}

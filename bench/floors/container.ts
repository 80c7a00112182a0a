import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import Docker from 'dockerode';
import { containerBody } from '../../control-plane/src/launcher/body.ts';
import { containerUser } from '../../control-plane/src/launcher/user-id.ts';

/** Answers every byte that it is sent; Python, as the runner is. */
const ECHO = 'import os\nwhile True:\n  data = os.read(0, 65536)\n  if not data: break\n  os.write(1, data)';

/** For each byte that it is sent, forks a process that ends at once, and tells how long that took, µs. */
const FORKS = `
import os, sys, time
sys.path += ['/opt/runner', '/opt/runner/lib']
import hook, gc
from policy import library
hook.preload()
if names: library.import_network(names)
gc.collect(); gc.freeze()
while os.read(0, 1):
  start = time.perf_counter()
  pid = os.fork()
  if pid == 0: os._exit(0)
  os.waitpid(pid, 0)
  os.write(1, b'%d\\n' % ((time.perf_counter() - start) * 1e6))
`;

export const LIMITS = { wallMs: 5000, memoryBytes: 64 * 2 ** 20, processes: 64 };

/** The Engine API without anything of ours around it: same image, same limits. */
export class BareContainers {
  readonly #docker: Docker;
  readonly #image: string;
  readonly #instance: string;
  #started = 0;

  constructor(socketPath: string, image: string, instance: string) {
    this.#docker = new Docker({ socketPath });
    this.#image = image;
    this.#instance = instance;
  }

  /** Creates, attaches to and starts a container, which is removed untimed. @returns ms */
  async start(): Promise<number> {
    const before = performance.now();
    const container = await this.#create();
    await attach(container);
    await container.start();
    const ms = performance.now() - before;
    await container.remove({ force: true });
    return ms;
  }

  /** A running container that echoes. */
  async pipe(): Promise<BarePipe> {
    const container = await this.#create(['python3', '-u', '-c', ECHO]);
    const stream = await attach(container);
    await container.start();
    return new BarePipe(container, stream);
  }

  /** A running container in which Python, with what a bot's hook needs already imported, forks on demand. */
  async forks(modules: readonly string[]): Promise<BareForks> {
    const program = `names = ${JSON.stringify(modules)}\n${FORKS}`;
    const container = await this.#create(['python3', '-s', '-S', '-P', '-B', '-u', '-c', program]);
    const stream = await attach(container);
    await container.start();
    return new BareForks(container, stream);
  }

  /** Part of a core that a bot may use in the long run. */
  get cpuShare(): number {
    const { CpuQuota = NaN, CpuPeriod = NaN } = this.#body().HostConfig ?? {};
    return CpuQuota / CpuPeriod;
  }

  /** Weight of a bot beside others when the processor is short; 1,024 is an ordinary process's. */
  get cpuShares(): number {
    return this.#body().HostConfig?.CpuShares ?? NaN;
  }

  #create(entrypoint?: string[]): Promise<Docker.Container> {
    return this.#docker.createContainer({
      ...this.#body(),
      ...(entrypoint && { Entrypoint: entrypoint, Cmd: [] }),
    });
  }

  #body(): Docker.ContainerCreateOptions {
    const name = `${this.#instance}-${this.#started++}`;
    const instance = this.#instance;
    return containerBody({
      name,
      image: this.#image,
      instance,
      owner: 'bench',
      user: containerUser(),
      limits: LIMITS,
    });
  }
}

/** Standard input and output of a container that echoes. */
export class BarePipe implements AsyncDisposable {
  readonly #container: Docker.Container;
  readonly #stream: Duplex;
  // About what a hook's request holds.
  readonly #request = Buffer.alloc(1500, 'x');

  constructor(container: Docker.Container, stream: Duplex) {
    this.#container = container;
    this.#stream = stream;
  }

  /** One request there and back. */
  roundTrip(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    let left = this.#request.length;
    // The engine puts 8 bytes before each piece, which is near enough to nothing.
    const count = (chunk: Buffer) => {
      left -= chunk.length;
      if (left > 0) return;
      this.#stream.off('data', count);
      resolve();
    };
    this.#stream.on('data', count);
    this.#stream.write(this.#request);
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stream.destroy();
    await this.#container.remove({ force: true });
  }
}

/** A container that forks. */
export class BareForks implements AsyncDisposable {
  readonly #container: Docker.Container;
  readonly #stream: Duplex;

  constructor(container: Docker.Container, stream: Duplex) {
    this.#container = container;
    this.#stream = stream;
  }

  /** A fork, an exit and a wait. @returns ms by the container's own clock */
  async run(): Promise<number> {
    const answer = once(this.#stream, 'data');
    this.#stream.write('x');
    const [chunk] = (await answer) as [Buffer];
    // 8 bytes of the engine's before the answer.
    return Number(chunk.subarray(8).toString()) / 1000;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stream.destroy();
    await this.#container.remove({ force: true });
  }
}

async function attach(container: Docker.Container): Promise<Duplex> {
  const query = { stream: true, stdin: true, stdout: true, stderr: true };
  // As query and empty body, else the client library writes its options into stdin.
  const stream = await container.attach({
    hijack: true,
    _query: query,
    _body: {},
  } as Docker.ContainerAttachOptions);
  return stream as Duplex;
}

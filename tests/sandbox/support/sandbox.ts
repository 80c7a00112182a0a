import { randomUUID } from 'node:crypto';
import { LocalLauncher, type LocalLauncherOptions } from '../../../control-plane/src/launcher/local.ts';
import type { ContainerSandboxOptions } from '../../../control-plane/src/sandbox/containers/options.ts';
import { ContainerSandbox } from '../../../control-plane/src/sandbox/containers/sandbox.ts';
import { socketPath } from './engine.ts';
import { LIMITS } from './programs.ts';

type Options = Partial<LocalLauncherOptions> & Partial<ContainerSandboxOptions> & { image: string };

/** A sandbox with an instance id of its own; `await using` removes what it made. */
export async function startSandbox(
  options: Options,
): Promise<ContainerSandbox & { readonly instance: string }> {
  const instance = options.instance ?? `test-${randomUUID()}`;
  const log = options.log ?? { info: () => undefined, warn: () => undefined };
  const clock = { now: () => Date.now() };
  const launcher = await LocalLauncher.open({
    socketPath,
    clock,
    log,
    callTimeoutMs: 15_000,
    ...options,
    instance,
  });
  const sandbox = new ContainerSandbox({ limits: LIMITS, ...options, launcher });
  const close = async () => {
    await ContainerSandbox.prototype.close.call(sandbox);
    await launcher.close();
  };
  return Object.assign(sandbox, { instance, close });
}

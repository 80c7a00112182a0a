/** Runs the launcher and the server, each as a process of its own; what `npm start` does after set-up. */
import { fileURLToPath } from 'node:url';
import { environmentOf } from './supervise/environment.ts';
import { NeverReadyError, SupervisedProgram } from './supervise/program.ts';

const SOURCE = fileURLToPath(new URL('../control-plane/src/', import.meta.url));

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const launcher = new SupervisedProgram(
  { name: 'launcher', file: `${SOURCE}launcher/main.ts`, env: environmentOf('launcher', process.env) },
  say,
);
const server = new SupervisedProgram(
  {
    name: 'server',
    file: `${SOURCE}main.ts`,
    args: process.argv.slice(2),
    env: environmentOf('server', process.env),
  },
  say,
);

let stopping = false;

/** The server first: it lets running hooks end, and needs their containers for that. */
async function stop(signal: NodeJS.Signals): Promise<void> {
  stopping = true;
  await server.stop(signal);
  await launcher.stop('SIGTERM');
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop('SIGTERM'));

try {
  await launcher.start();
  if (!stopping) await server.start();
} catch (error) {
  if (!(error instanceof NeverReadyError)) throw error;
  if (!stopping) process.exitCode = error.exitCode;
  await stop('SIGTERM');
}

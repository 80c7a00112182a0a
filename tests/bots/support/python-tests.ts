import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import Docker from 'dockerode';
import { tar } from '../../../deploy/setup/tar.mjs';

/** One Python test and what went wrong in it: nothing, if it passed. */
export interface PythonTest {
  readonly test: string;
  readonly problems: readonly string[];
}

/** What a run of Python tests told, and how many tests it says that it ran. */
export interface PythonRun {
  readonly tests: readonly PythonTest[];
  readonly ran: number | undefined;
  readonly output: string;
}

const ROOT = join(import.meta.dirname, '../../..');
const INSIDE = '/opt';
const TEST_FOLDERS = [
  'runner-image/policy/tests',
  'runner-image/hook/tests',
  'runner-image/net/tests',
  'bots/cert-bot/tests',
  'bots/echo-bot/tests',
  'bots/guess-bot/tests',
  'bots/price-bot/tests',
];

/** Runs the Python tests of the runner and of the presets in a container of the image, without a network. */
export async function runPythonTests(image: string): Promise<PythonRun> {
  const container = await new Docker().createContainer({
    Image: image,
    Entrypoint: ['/usr/bin/python3', '-s', '-S', '-B'],
    Cmd: [
      `${INSIDE}/checks/tests/bots/python/run_all.py`,
      ...TEST_FOLDERS.map((folder) => `${INSIDE}/checks/${folder}`),
    ],
    Labels: { 'mcp-multiplayer.test': 'python' },
    // One stream instead of two multiplexed ones.
    Tty: true,
    HostConfig: {
      NetworkMode: 'none',
      Tmpfs: { '/workspace': 'uid=1000,gid=1000', '/tmp': 'uid=1000,gid=1000' },
      Memory: 512 * 1024 * 1024,
    },
  });
  try {
    await container.putArchive(archive(), { path: INSIDE });
    await container.start();
    await container.wait();
    const output = (await container.logs({ stdout: true, stderr: true })).toString('utf8');
    return parse(output);
  } finally {
    await container.remove({ force: true });
  }
}

function archive(): Buffer {
  const folders = [...TEST_FOLDERS, 'tests/bots/python', 'bots', 'runner-image/net/tests'];
  const documents = [join(ROOT, 'docs/bots.md')];
  const paths = new Set([...documents, ...folders.flatMap((folder) => filesBelow(join(ROOT, folder)))]);
  return tar(
    [...paths].map((path) => ({ name: `checks/${relative(ROOT, path)}`, content: readFileSync(path) })),
  );
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile() && !item.name.endsWith('.pyc'))
    .map((item) => join(item.parentPath, item.name));
}

function parse(output: string): PythonRun {
  const lines = output.split(/\r?\n/).filter((line) => line.startsWith('{"'));
  const told = lines.map((line) => JSON.parse(line) as PythonTest | { readonly ran: number });
  return {
    tests: told.filter((item): item is PythonTest => 'test' in item),
    ran: told.find((item) => 'ran' in item)?.ran,
    output,
  };
}

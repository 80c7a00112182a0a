import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { hasImage } from './engine.mjs';
import { buildImage, filesOf, hashOf } from './image.mjs';
import { withLock } from './lock.mjs';
import { LOCK, ROOT } from './paths.mjs';
import { run, step } from './step.mjs';

/** @typedef {import('./engine.mjs').Address} Address */

const FOLDER = `${ROOT}/deploy/ferretdb`;
const GO_NEEDED = [1, 24];

/**
 * One change to the module: it makes the index of `_id` of another expression than the one it asks for, so that
 * every look for a document reads the whole collection.
 */
const CHANGE = {
  file: 'vendor/github.com/FerretDB/FerretDB/internal/backends/sqlite/metadata/registry.go',
  after: '\t\t\tcolumns[i] = fmt.Sprintf("%s->%s", DefaultColumn, strings.Join(fields, "->"))\n',
  insert: '\t\t\tif key.Field == "_id" {\n\t\t\t\tcolumns[i] = IDColumn\n\t\t\t}\n',
};

/** The name of the image that this tree makes. */
export function ferretdbImage() {
  const change = { name: 'change', content: Buffer.from(JSON.stringify(CHANGE)), mode: 0 };
  return `mcp-multiplayer-ferretdb:${hashOf([...filesOf(FOLDER), change])}`;
}

/**
 * A server of MongoDB's protocol, built from its Go module where Go is new enough.
 * @param {Address} address
 */
export async function ensureFerretdbImage(address) {
  const image = ferretdbImage();
  if (await hasImage(address, image)) return image;
  requireGo();
  return withLock(LOCK, async () => {
    if (await hasImage(address, image)) return image;
    await step(`FerretDB image ${image}`, async () => {
      const dockerfile = { name: 'Dockerfile', content: readFileSync(`${FOLDER}/Dockerfile`), mode: 0o644 };
      const program = { name: 'ferretdb', content: await compiled(), mode: 0o755 };
      const files = [dockerfile, program, { name: 'data/.keep', content: Buffer.alloc(0), mode: 0o644 }];
      const names = [image, 'mcp-multiplayer-ferretdb:latest'];
      await buildImage(address, { what: 'The FerretDB image', names, files });
    });
    return image;
  });
}

/** @returns {Promise<Buffer>} the program, without a library beside it */
async function compiled() {
  const work = mkdtempSync(path.join(tmpdir(), 'ferretdb-'));
  try {
    cpSync(FOLDER, work, { recursive: true });
    await run('go', ['-C', work, 'mod', 'vendor']);
    changeModule(`${work}/${CHANGE.file}`);
    const args = ['-C', work, 'build', '-mod=vendor', '-trimpath', '-ldflags=-s -w', '-o', 'ferretdb', '.'];
    await run('go', args, { env: { CGO_ENABLED: '0' } });
    return readFileSync(`${work}/ferretdb`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** @param {string} file */
function changeModule(file) {
  const [before = '', rest, ...more] = readFileSync(file, 'utf8').split(CHANGE.after);
  if (rest === undefined || more.length > 0) throw new Error(`${file} is not the one that the change is for`);
  writeFileSync(file, before + CHANGE.after + CHANGE.insert + rest);
}

function requireGo() {
  const { stdout } = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' });
  const [major = 0, minor = 0] =
    /^go(\d+)\.(\d+)/
      .exec(stdout ?? '')
      ?.slice(1)
      .map(Number) ?? [];
  const [needsMajor = 0, needsMinor = 0] = GO_NEEDED;
  if (major > needsMajor || (major === needsMajor && minor >= needsMinor)) return;
  throw new Error(
    `it is built with Go ${GO_NEEDED.join('.')} or newer, and this machine has ${stdout || 'none'}`,
  );
}

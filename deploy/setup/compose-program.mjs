import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { withLock } from './lock.mjs';
import { LOCK } from './paths.mjs';
import { run, step } from './step.mjs';

/** The first that knows `!reset`, and what `depends_on` and secrets of docker-compose.yml ask for. */
const NEEDED = [2, 24];
const OWN = path.join(path.dirname(LOCK), 'docker-compose');
const PLUGIN = 'cli-plugins/docker-compose';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Docker Compose: this machine's, where it is new enough, else Debian's, unpacked beside the project and not
 * installed.
 * @returns {Promise<string>} its program
 */
export async function ensureComposeProgram() {
  const found = composeHere();
  if (found) return found;
  return withLock(LOCK, async () => {
    if (!isNewEnough(OWN)) await step('Docker Compose fetched from Debian', fetchCompose);
    return OWN;
  });
}

function composeHere() {
  const folders = [`${homedir()}/.docker`, '/usr/local/lib/docker', '/usr/libexec/docker', '/usr/lib/docker'];
  return [...folders.map((folder) => `${folder}/${PLUGIN}`), OWN].find(isNewEnough);
}

/** @param {string} program */
function isNewEnough(program) {
  if (!existsSync(program)) return false;
  const { stdout } = spawnSync(program, ['version', '--short'], { encoding: 'utf8', timeout: 10_000 });
  const [major = 0, minor = 0] =
    /^v?(\d+)\.(\d+)/
      .exec(stdout ?? '')
      ?.slice(1)
      .map(Number) ?? [];
  const [needsMajor = 0, needsMinor = 0] = NEEDED;
  return major > needsMajor || (major === needsMajor && minor >= needsMinor);
}

/** Asks apt for one package of a release that this machine need not be, in folders of its own. */
async function fetchCompose() {
  const folder = mkdtempSync(path.join(tmpdir(), 'compose-'));
  try {
    for (const name of ['lists/partial', 'cache/archives/partial', 'program']) {
      mkdirSync(`${folder}/${name}`, { recursive: true });
    }
    writeFileSync(
      `${folder}/sources.list`,
      `deb [signed-by=${KEYRING}] http://deb.debian.org/debian trixie main\n`,
    );
    const settings = {
      'Dir::Etc::sourcelist': `${folder}/sources.list`,
      'Dir::Etc::sourceparts': '-',
      'Dir::State::lists': `${folder}/lists`,
      'Dir::Cache': `${folder}/cache`,
      'APT::Sandbox::User': 'root',
      'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
    };
    const own = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    await run('apt-get', [...own, '-q', 'update']);
    await run('apt-get', [...own, '-q', 'download', 'docker-compose'], { cwd: folder });
    const [archive = ''] = readdirSync(folder).filter((name) => name.endsWith('.deb'));
    await run('dpkg-deb', ['-x', `${folder}/${archive}`, `${folder}/program`]);
    copyFileSync(`${folder}/program/usr/libexec/docker/${PLUGIN}`, OWN);
    chmodSync(OWN, 0o755);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

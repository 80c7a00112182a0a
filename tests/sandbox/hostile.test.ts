import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HookResult } from '../../control-plane/src/sandbox/port.ts';
import { containersOf, rawImage } from './support/engine.ts';
import { call, program } from './support/programs.ts';
import { startSandbox } from './support/sandbox.ts';

/** Every attack is a function of a bot that also answers honestly; the next hook must find a clean container. */
const HONEST = `
import ctypes, json, mmap, os, re, resource, signal, socket, subprocess, sys, threading, time

def post(body):
    return {'posts': [{'kind': 'bot', 'body': body}], 'output': ''}

def run(r):
    if r['args'] == ['attack']:
        return attack()
    return post({
        'processes': len([name for name in os.listdir('/proc') if name.isdigit()]),
        'files': os.listdir('/workspace'),
        'mode': oct(os.stat('/workspace').st_mode & 0o7777),
        'xattrs': os.listxattr('/workspace'),
    })
`;
const CLEAN = { processes: 2, files: [], mode: '0o700', xattrs: [] };

type Outcome = Partial<Record<'outcome' | 'reason' | 'reply', string>>;
const ok = (body: unknown): Outcome => ({
  outcome: 'ok',
  reply: JSON.stringify({ posts: [{ kind: 'bot', body }] }),
});
const failed = (reason: string): Outcome => ({ outcome: 'bot_failed', reason });

const ATTACKS: readonly [name: string, python: string, outcome: Outcome][] = [
  ['loops for ever', 'while True: pass', failed('timeout')],
  ['sleeps for ever', 'time.sleep(1e6)', failed('timeout')],
  ['loops in C and holds the interpreter lock', 'sum(range(10 ** 15))', failed('timeout')],
  ['backtracks for ever', "re.match('(a+)+$', 'a' * 64 + 'b')", failed('timeout')],
  [
    'ignores every signal',
    'for n in set(range(1, 65)) - {9, 19, 32, 33}: signal.signal(n, signal.SIG_IGN)\nwhile True: pass',
    failed('timeout'),
  ],
  ['floods its standard output', "while True: os.write(1, b'x' * 65536)", failed('timeout')],
  ['floods its standard error', "while True: os.write(2, b'x' * 65536)", failed('timeout')],
  ['forks until nothing is left', 'while True:\n  try: os.fork()\n  except OSError: pass', failed('timeout')],
  [
    'starts threads until nothing is left',
    'while True:\n  try: threading.Thread(target=time.sleep, args=(1e6,)).start()\n  except RuntimeError: pass',
    failed('timeout'),
  ],
  ['exits as if all were well', 'os._exit(0)', failed('exit')],
  ['exits with a status', 'os._exit(7)', failed('exit')],
  ['raises SystemExit', 'sys.exit()', failed('exit')],
  ['crashes', 'ctypes.string_at(0)', failed('exit')],
  ['kills itself by its number, which is refused', 'os.kill(os.getpid(), 9)', failed('exception')],
  ['closes every file descriptor', 'os.closerange(0, 256)', failed('exit')],
  ['takes more memory than allowed', 'x = bytearray(200 << 20)', failed('memory')],
  [
    'fills shared memory, which only the cgroup counts',
    'm = mmap.mmap(-1, 400 << 20)\nfor at in range(0, 400 << 20, 4096): m[at] = 1',
    failed('memory'),
  ],
  [
    'fills the workspace',
    "with open('/workspace/f', 'wb') as f:\n  while True: f.write(b'x' * (1 << 20))",
    failed('exception'),
  ],
  [
    'uses up every inode',
    "n = 0\nwhile True:\n  n += 1\n  open(f'/workspace/{n}', 'w').close()",
    failed('exception'),
  ],
  [
    'uses up its file descriptors',
    "kept = []\ntry:\n  while True: kept.append(open('/dev/null'))\nfinally: kept.clear()",
    failed('exception'),
  ],
  ['raises', "raise ValueError('no')", failed('exception')],
  ['answers 5 MiB', "return b'\"' + b'x' * (5 << 20) + b'\"'", failed('output')],
  ['answers nothing', "return b''", failed('exit')],
  ['answers what is no JSON', "return b'{posts: []}'", failed('output')],
  ['answers malformed UTF-8', 'return b\'{"posts": ["\\xff"]}\'', failed('output')],
  ['answers NaN', 'return b\'{"posts": [NaN]}\'', failed('output')],
  ['answers half a surrogate pair', 'return b\'{"posts": ["\\\\ud800"]}\'', failed('output')],
  ['answers a key twice', 'return b\'{"posts": [], "posts": []}\'', failed('output')],
  ['answers 100,000 brackets', "return b'[' * 100000", failed('output')],
  ['answers without posts', "return b'{}'", failed('output')],
  ['answers a number', "return b'1'", failed('output')],
  [
    'sends every signal to PID 1',
    'refused = 0\nfor n in range(1, 65):\n  try: os.kill(1, n)\n  except PermissionError: refused += 1\nreturn post(refused)',
    ok(64),
  ],
  [
    'leaves a daemon behind',
    'if os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0: time.sleep(1e6)\n  os._exit(0)\nreturn post(1)',
    ok(1),
  ],
  [
    'leaves a deep tree that it may not read',
    "at = '/workspace'\nfor n in range(200): at += '/d'; os.mkdir(at)\nopen(at + '/f', 'w').close()\nfor n in range(200): os.chmod(at, 0); at = os.path.dirname(at)\nreturn post(1)",
    ok(1),
  ],
  [
    'leaves symlinks',
    "os.symlink('/opt/runner', '/workspace/a'); os.symlink('.', '/workspace/b')\nreturn post(1)",
    ok(1),
  ],
  ['makes a pipe with a name, which is refused', "os.mkfifo('/workspace/c')", failed('exception')],
  [
    'makes a socket with a name, which is refused',
    "socket.socket(socket.AF_UNIX).bind('/workspace/d')",
    failed('exception'),
  ],
  [
    'leaves notes on the workspace itself',
    "os.utime('/workspace', (1, 1)); os.chmod('/workspace', 0o1000)\nreturn post(1)",
    ok(1),
  ],
];

describe('a bot that', { timeout: 60_000 }, () => {
  let sandbox: Awaited<ReturnType<typeof startSandbox>>;
  beforeAll(async () => {
    sandbox = await startSandbox({ image: await rawImage() });
  });
  afterAll(() => sandbox.close());

  test.each(ATTACKS)('%s', async (_name, python, outcome) => {
    const attack = `\ndef attack():\n${python.replace(/^/gm, '  ')}\n`;
    // Short where the limit itself is tested, else long enough for a machine that is busy.
    const bot = program(HONEST + attack, { wallMs: outcome.reason === 'timeout' ? 1000 : 20_000 });
    const result = await sandbox.run(bot, call(['attack']));
    const next = await sandbox.run(bot, call());
    await sandbox.release(bot.key);
    expect(result).toMatchObject(outcome);
    expect(bodyOf(next)).toEqual(CLEAN);
    expect(await containersOf(sandbox.instance)).toEqual([]);
  });
});

function bodyOf(result: HookResult): unknown {
  return result.outcome === 'ok' ? JSON.parse(result.reply).posts[0].body : result;
}

import { expect, test } from 'vitest';
import { SECCOMP_PROFILE } from '../../control-plane/src/launcher/seccomp/profile.ts';
import { containersOf, docker, rawImage } from './support/engine.ts';
import { call, program } from './support/programs.ts';
import { startSandbox } from './support/sandbox.ts';

const MB = 1024 * 1024;
/** Real, effective, saved and file system id: the same, and nobody's on the host. */
const ONE_USER = /^((?:19|20)\d{8})( \1){3}$/;

/** A literal copy of what confines a bot: a change of it must show here. */
const HOST_CONFIG = {
  NetworkMode: 'none',
  IpcMode: 'none',
  PidMode: '',
  UTSMode: '',
  UsernsMode: '',
  Privileged: false,
  ReadonlyRootfs: true,
  AutoRemove: false,
  Init: false,
  CapAdd: null,
  CapDrop: ['ALL'],
  SecurityOpt: ['no-new-privileges', `seccomp=${SECCOMP_PROFILE}`],
  Binds: null,
  VolumesFrom: null,
  PublishAllPorts: false,
  Tmpfs: {
    '/workspace': expect.stringMatching(
      /^rw,noexec,nosuid,nodev,size=104857600,nr_inodes=4096,mode=0700,uid=(\d{10}),gid=\1$/,
    ),
  },
  LogConfig: { Type: 'none', Config: {} },
  Memory: 228 * MB,
  MemorySwap: 228 * MB,
  PidsLimit: 33,
  CpuPeriod: 500_000,
  CpuQuota: 250_000,
  CpuShares: 128,
  OomKillDisable: false,
  Sysctls: {
    'kernel.shmmni': '0',
    'kernel.msgmni': '0',
    'kernel.sem': '0 0 0 0',
    'fs.mqueue.queues_max': '0',
  },
  Ulimits: [
    { Name: 'nofile', Soft: 256, Hard: 256 },
    { Name: 'fsize', Soft: 100 * MB, Hard: 100 * MB },
    { Name: 'core', Soft: 0, Hard: 0 },
    { Name: 'memlock', Soft: 0, Hard: 0 },
    { Name: 'msgqueue', Soft: 0, Hard: 0 },
    { Name: 'sigpending', Soft: 256, Hard: 256 },
  ],
};

test('the engine reports every flag of a live container as designed', async () => {
  const image = await rawImage();
  await using sandbox = await startSandbox({ image });
  const checked = await sandbox.check(program('def run(r): pass'));
  const [id] = await containersOf(sandbox.instance);
  const live = await docker.getContainer(id ?? '').inspect();
  expect(live.State.Running).toBe(true);
  expect(live.HostConfig).toMatchObject(HOST_CONFIG);
  expect(live.HostConfig.Devices ?? []).toEqual([]);
  expect(live.Mounts).toEqual([]);
  expect(checked).toMatchObject({ outcome: 'ok', runtime: live.Image });
  expect(live.Config).toMatchObject({
    User: expect.stringMatching(/^(19|20)\d{8}:(19|20)\d{8}$/),
    Hostname: 'bot',
    Tty: false,
    StdinOnce: true,
    NetworkDisabled: true,
  });
  expect(live.Config.Env.toSorted()).toEqual([
    'HOME=/workspace',
    'LANG=C.UTF-8',
    'PATH=/usr/bin',
    'PYTHONHASHSEED=0',
    'TMPDIR=/workspace',
  ]);
});

const LOOK_AROUND = `
import os, socket, sys

def attempt(step):
    try:
        step()
        return 'allowed'
    except OSError as error:
        return error.strerror

def run(r):
    status = dict(line.split(':', 1) for line in open('/proc/self/status'))
    keys = ('Uid', 'Gid', 'Groups', 'CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'NoNewPrivs', 'Seccomp')
    mounts = [line.split()[1:4] for line in open('/proc/mounts')]
    writable = [m[0] for m in mounts if os.path.isdir(m[0]) and os.access(m[0], os.W_OK)]
    return {'posts': [{
        'status': {key: ' '.join(status[key].split()) for key in keys},
        'interfaces': os.listdir('/sys/class/net'),
        'writable': writable,
        'workspace': next(m for m in mounts if m[0] == '/workspace'),
        'shm': os.path.exists('/dev/shm'),
        'hash_randomization': sys.flags.hash_randomization,
        'fds': sorted(os.readlink('/proc/self/fd/' + fd).split(':')[0] for fd in ('0', '1', '2')),
        'connect': attempt(lambda: socket.create_connection(('192.0.2.1', 80), 1)),
        'write_root': attempt(lambda: open('/opt/x', 'w')),
        'write_code': attempt(lambda: open('/opt/runner/runner/loop.py', 'a')),
        'first_to_go': [open(f'/proc/{pid}/oom_score_adj').read().strip() for pid in ('self', '1')],
        'make_queue': attempt(lambda: open('/dev/mqueue/x', 'w')),
        'pid1_pipe': attempt(lambda: os.open('/proc/1/fd/1', os.O_WRONLY)),
        'pid1_memory': attempt(lambda: open('/proc/1/mem', 'rb')),
        'pid1_environ': attempt(lambda: open('/proc/1/environ', 'rb')),
    }], 'output': ''}
`;

test('no two containers share a user, by which the kernel counts', async () => {
  await using sandbox = await startSandbox({ image: await rawImage() });
  await Promise.all([1, 2].map(() => sandbox.check(program('def run(r): pass'))));
  const ids = await containersOf(sandbox.instance);
  const users = await Promise.all(
    ids.map(async (id) => (await docker.getContainer(id).inspect()).Config.User),
  );
  expect(new Set(users).size).toBe(2);
});

test('a bot finds from the inside what the flags promise', async () => {
  await using sandbox = await startSandbox({ image: await rawImage() });
  const result = await sandbox.run(program(LOOK_AROUND), call());
  expect(result).toMatchObject({ outcome: 'ok' });
  const seen = JSON.parse(result.outcome === 'ok' ? result.reply : '').posts[0];
  const none = '0000000000000000';
  expect(seen).toEqual({
    status: {
      Uid: expect.stringMatching(ONE_USER),
      Gid: expect.stringMatching(ONE_USER),
      Groups: expect.stringMatching(/^(\d{10})?$/),
      CapInh: none,
      CapPrm: none,
      CapEff: none,
      CapBnd: none,
      CapAmb: none,
      NoNewPrivs: '1',
      Seccomp: '2',
    },
    interfaces: ['lo'],
    // The engine mounts it for everyone; with no queue allowed, nothing can be made there.
    writable: ['/dev/mqueue', '/workspace'],
    make_queue: 'No space left on device',
    workspace: ['/workspace', 'tmpfs', expect.stringContaining('noexec')],
    shm: false,
    hash_randomization: 0,
    fds: ['/dev/null', '/dev/null', '/dev/null'],
    connect: 'Operation not permitted',
    write_root: 'Read-only file system',
    write_code: 'Permission denied',
    first_to_go: ['1000', '0'],
    pid1_pipe: 'Permission denied',
    pid1_memory: 'Permission denied',
    pid1_environ: 'Permission denied',
  });
});

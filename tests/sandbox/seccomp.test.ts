import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Profile } from '../../control-plane/src/launcher/seccomp/format.ts';
import { SECCOMP_PROFILE } from '../../control-plane/src/launcher/seccomp/profile.ts';
import { FILTERED_CALLS } from './fixtures/probe/filtered.ts';
import { NUMBERS, TRIED } from './fixtures/probe/syscalls.ts';
import { inWords } from './fixtures/probe/words.ts';
import { rawImage } from './support/engine.ts';
import { call, program } from './support/programs.ts';
import { startSandbox } from './support/sandbox.ts';

/** System calls that are allowed whatever their arguments. A change of the profile must show here. */
const ALLOWED = `
  access brk chmod clock_getres clock_gettime clock_nanosleep close close_range dup dup2 dup3
  epoll_create1 epoll_ctl epoll_pwait epoll_wait execve exit exit_group faccessat faccessat2 fchmod
  fchmodat flistxattr fremovexattr fstat fstatfs ftruncate futex getcpu getcwd getdents64 getegid
  geteuid getgid getpeername getpid getppid getrandom getresgid getresuid getrusage getsockname
  getsockopt gettid gettimeofday getuid listxattr lseek lstat madvise mkdir mkdirat mmap mprotect
  mremap munmap nanosleep newfstatat open openat openat2 pidfd_open pipe pipe2 poll ppoll pread64
  pselect6 pwrite64 read readlink readlinkat readv recvfrom recvmsg rename renameat renameat2
  restart_syscall rmdir rseq rt_sigaction rt_sigprocmask rt_sigreturn sched_yield select sendmsg
  sendto set_robust_list set_tid_address setsid shutdown sigaltstack stat statx symlink symlinkat
  sysinfo time umask uname unlink unlinkat utimensat wait4 waitid write writev
`
  .trim()
  .split(/\s+/);

/** Calls that are allowed where these arguments (from #0, 32 bits) are so, and one that answers in another way. */
const CONDITIONAL = [
  'arch_prctl(#0 = 0x1002)',
  'clone(#0 & 0xfe82f000 = 0x0)',
  'clone3() SCMP_ACT_ERRNO 38',
  'fcntl(#1 = 0x0)',
  'fcntl(#1 = 0x1)',
  'fcntl(#1 = 0x2)',
  'fcntl(#1 = 0x3)',
  'fcntl(#1 = 0x4)',
  'fcntl(#1 = 0x406)',
  'fcntl(#1 = 0x5)',
  'fcntl(#1 = 0x6)',
  'fcntl(#1 = 0x7)',
  'getpriority(#0 = 0x0, #1 = 0x0)',
  'ioctl(#1 = 0x5401)',
  'ioctl(#1 = 0x541b)',
  'ioctl(#1 = 0x5421)',
  'ioctl(#1 = 0x5450)',
  'ioctl(#1 = 0x5451)',
  'kill(#0 = 0xffffffff)',
  'prctl(#0 = 0x10)',
  'prctl(#0 = 0x3)',
  'prctl(#0 = 0x4, #1 = 0x0)',
  'prctl(#0 = 0xf)',
  'prlimit64(#0 = 0x0)',
  'sched_getaffinity(#0 = 0x0)',
  'sched_setaffinity(#0 = 0x0)',
  'setpriority(#0 = 0x0, #1 = 0x0)',
  'setsockopt(#1 = 0x1, #2 = 0x14)',
  'setsockopt(#1 = 0x1, #2 = 0x15)',
  'setsockopt(#1 = 0x1, #2 = 0x2)',
  'setsockopt(#1 = 0x1, #2 = 0x7)',
  'setsockopt(#1 = 0x1, #2 = 0x8)',
  'setsockopt(#1 = 0x1, #2 = 0x9)',
  'setsockopt(#1 = 0x1, #2 = 0xd)',
  'socket(#0 = 0x1)',
  'socketpair(#0 = 0x1)',
];

test('the profile is the one that is written here', () => {
  const profile = JSON.parse(SECCOMP_PROFILE);
  expect(inWords(profile)).toEqual({ allowed: ALLOWED, conditional: CONDITIONAL });
  expect(profile.defaultAction).toBe('SCMP_ACT_ERRNO');
  expect(profile.archMap).toEqual([
    { architecture: 'SCMP_ARCH_X86_64', subArchitectures: [] },
    { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: [] },
  ]);
});

const PROBE = readFileSync(new URL('fixtures/probe/probe.py', import.meta.url), 'utf8');
const X32 = 0x4000_0000;
/** Linux 6.14 and later run no filter on these two: away from a probe's own trampoline they do nothing. */
const NEVER_FILTERED = ['uprobe', 'uretprobe'];
const KILLED = 'signal 31';

/**
 * The profile with one change: what it refuses ends the caller (SIGSYS), so that a refusal of the
 * filter is not taken for one of the kernel, which may well be EPERM too.
 */
const TRAPPING = JSON.stringify({ ...JSON.parse(SECCOMP_PROFILE), defaultAction: 'SCMP_ACT_TRAP' });

/** Runs one function of the probe in a bot's container under this profile. */
async function probe(
  seccomp: string,
  what: string,
  argument: number[] | number[][] | null,
): Promise<unknown> {
  await using sandbox = await startSandbox({ image: await rawImage(), seccomp });
  const source = `NR = ${JSON.stringify(Object.fromEntries(NUMBERS))}\n${PROBE}`;
  const result = await sandbox.run(program(source, { wallMs: 60_000 }), call([what, argument]));
  if (result.outcome !== 'ok') throw new Error(JSON.stringify(result));
  return JSON.parse(result.reply).posts[0];
}

const number = (name: string) => NUMBERS.get(name) ?? -1;
const name = (tried: number) => [...NUMBERS].find(([, known]) => known === tried)?.[0] ?? `number ${tried}`;

describe.skipIf(process.arch !== 'x64')('inside a bot’s container (x86_64 only: it goes by numbers)', () => {
  test('the calls that reach the kernel are those that are written here', { timeout: 120_000 }, async () => {
    const outcomes = (await probe(TRAPPING, 'numbers', [...TRIED])) as string[];
    // ENOSYS: clone3, and what is newer than the library that compiles the filter.
    const reached = TRIED.filter((_, at) => outcomes[at] !== KILLED && outcomes[at] !== 'ENOSYS')
      .map(name)
      .filter((one) => !NEVER_FILTERED.includes(one));
    const here = ALLOWED.filter((allowed) => NUMBERS.has(allowed));
    // Of those with a condition, one allows the -1 that every argument is.
    expect(reached.toSorted()).toEqual([...here, 'kill'].toSorted());
  });

  test('what does not reach it fails with EPERM or ENOSYS, and kills nobody', {
    timeout: 120_000,
  }, async () => {
    const refused = TRIED.filter((tried) => !ALLOWED.includes(name(tried)) && name(tried) !== 'kill');
    const outcomes = (await probe(SECCOMP_PROFILE, 'numbers', refused)) as string[];
    const others = refused.filter((_, at) => outcomes[at] !== 'EPERM' && outcomes[at] !== 'ENOSYS');
    const at = (one: string) => outcomes[refused.indexOf(number(one))];
    expect(others.map(name).filter((one) => !NEVER_FILTERED.includes(one))).toEqual([]);
    for (const one of NEVER_FILTERED) expect(at(one)).toMatch(/^(signal 4|ENXIO|EPERM|ENOSYS)$/);
    expect(at('clone3')).toBe('ENOSYS');
    const feared = [
      'io_uring_setup',
      'ptrace',
      'unshare',
      'bpf',
      'mount',
      'tgkill',
      'pidfd_send_signal',
      'keyctl',
    ];
    expect(feared.map(at)).toEqual(feared.map(() => 'EPERM'));
  });

  test('calls by numbers of x32 kill the caller', { timeout: 60_000 }, async () => {
    const tried = [0, 1, 39, 59, ...Array.from({ length: 36 }, (_, n) => 512 + n)].map((one) => one + X32);
    const outcomes = await probe(SECCOMP_PROFILE, 'numbers', tried);
    expect(outcomes).toEqual(tried.map(() => KILLED));
  });

  test('calls by the door of i386 kill the caller', async () => {
    // SIGSEGV where the kernel has no such door.
    expect(await probe(SECCOMP_PROFILE, 'i386', null)).toMatch(/^signal (31|11)$/);
  });

  test('arguments are let through value by value as written here', { timeout: 60_000 }, async () => {
    const rows = FILTERED_CALLS.flatMap((row) => row.tried.map((value) => ({ row, value })));
    const argument = rows.map(({ row, value }) => [number(row.name), ...row.args(value)]);
    const trapped = (await probe(TRAPPING, 'calls', argument)) as boolean[];
    const wrong = rows.filter(({ row, value }, at) => trapped[at] === row.allowed.includes(value));
    expect(wrong.map(({ row, value }) => `${row.name}(${row.args(value).join(', ')})`)).toEqual([]);
    // Every call that has a condition has a row.
    const { syscalls }: Profile = JSON.parse(SECCOMP_PROFILE);
    const conditional = syscalls.filter((rule) => rule.args).flatMap((rule) => rule.names);
    expect(new Set(FILTERED_CALLS.map((row) => row.name))).toEqual(new Set(conditional));
  });
});

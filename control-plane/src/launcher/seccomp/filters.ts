import { allow, bits, int, type Condition, type Rule } from './format.ts';

const AF_UNIX = 1;
const ALL_PROCESSES = -1;
const SELF = 0;
const PRIO_PROCESS = 0;
const ARCH_SET_FS = 0x1002;

/** Flags of clone that a fork or a thread has: no namespace, no tracing, no parent but the caller. */
const CLONE_FLAGS =
  0xff | // the signal at its end
  0x100 | // CLONE_VM
  0x200 | // CLONE_FS
  0x400 | // CLONE_FILES
  0x800 | // CLONE_SIGHAND
  0x10000 | // CLONE_THREAD
  0x40000 | // CLONE_SYSVSEM
  0x80000 | // CLONE_SETTLS
  0x100000 | // CLONE_PARENT_SETTID
  0x200000 | // CLONE_CHILD_CLEARTID
  0x400000 | // CLONE_DETACHED
  0x1000000; // CLONE_CHILD_SETTID

/** No owner (F_SETOWN), so that no signal is sent; no leases, no seals, no size of a pipe. */
const FCNTL = {
  F_DUPFD: 0,
  F_GETFD: 1,
  F_SETFD: 2,
  F_GETFL: 3,
  F_SETFL: 4,
  F_GETLK: 5,
  F_SETLK: 6,
  F_SETLKW: 7,
  F_DUPFD_CLOEXEC: 1030,
};

const IOCTL = { TCGETS: 0x5401, FIONREAD: 0x541b, FIONBIO: 0x5421, FIONCLEX: 0x5450, FIOCLEX: 0x5451 };

const PRCTL = { PR_GET_DUMPABLE: 3, PR_GET_NAME: 16, PR_SET_NAME: 15 };
const PR_SET_DUMPABLE = 4;

/** What programs set on any socket; no packet filter, no credentials. */
const SOCKET_OPTIONS = {
  SO_REUSEADDR: 2,
  SO_SNDBUF: 7,
  SO_RCVBUF: 8,
  SO_KEEPALIVE: 9,
  SO_LINGER: 13,
  SO_RCVTIMEO: 20,
  SO_SNDTIMEO: 21,
};
const SOL_SOCKET = 1;

/** One alternative for each value that the argument may have. */
function oneOf(
  name: string,
  index: number,
  values: Readonly<Record<string, number>>,
  ...others: Condition[]
): Rule[] {
  return Object.values(values).map((value) => allow([name], ...others, int(index, value)));
}

function onSelf(name: string): Rule {
  return allow([name], int(0, SELF));
}

const priority: Condition[] = [int(0, PRIO_PROCESS), int(1, SELF)];

/** System calls that are allowed with some arguments only. */
export const FILTERED: readonly Rule[] = [
  allow(['arch_prctl'], int(0, ARCH_SET_FS)),
  allow(['clone'], bits(0, ~CLONE_FLAGS, 0)),
  ...oneOf('fcntl', 1, FCNTL),
  allow(['getpriority'], ...priority),
  ...oneOf('ioctl', 1, IOCTL),
  // The init of a pid namespace is not among all processes: no signal reaches PID 1.
  allow(['kill'], int(0, ALL_PROCESSES)),
  ...oneOf('prctl', 0, PRCTL),
  allow(['prctl'], int(0, PR_SET_DUMPABLE), int(1, 0)),
  onSelf('prlimit64'),
  onSelf('sched_getaffinity'),
  onSelf('sched_setaffinity'),
  allow(['setpriority'], ...priority),
  ...oneOf('setsockopt', 2, SOCKET_OPTIONS, int(1, SOL_SOCKET)),
  allow(['socket'], int(0, AF_UNIX)),
  allow(['socketpair'], int(0, AF_UNIX)),
];

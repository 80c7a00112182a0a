/** The cases that a sandbox has to survive, by group. */
export const CASES = {
  resources: [
    'infinite loop',
    'C loop that holds the interpreter lock',
    'fork bomb',
    'thread bomb',
    'out of memory around PID 1',
    'out of memory in a child',
    'workspace full',
    'inodes full',
    '/dev/shm',
    'System V IPC',
    'message queues',
    'file descriptors exhausted',
  ],
  protocol: [
    'stdout flood',
    'flood without a newline',
    'stderr flood',
    'print during a hook',
    'forged reply with a guessed id',
    'late or duplicate reply',
    'invalid UTF-8, NaN, lone surrogates',
    'deep or 100 MB JSON',
    'bot closes its descriptors',
    'child holds the reply open',
    'bot reads its request ahead',
    '__proto__ keys',
  ],
  lifecycle: [
    'ignores SIGTERM',
    'os._exit in a hook',
    'kill(1, 9)',
    'daemonised grandchild between hooks',
    'hang at import or on_init',
    'bot dies while pooled',
    'server killed with SIGKILL',
    'engine restarted, or its start hangs',
    'create burst',
    'removal race',
  ],
  escape: [
    'every syscall and socket family',
    'writes to /proc, /sys, cgroup root',
    'symlink traps',
    'secrets through environ, /proc/1, leftovers',
    'residue of another bot on reuse',
  ],
  egress: ['special addresses', 'names that lead there', 'odd ports and tunnels', 'slow and huge'],
} as const;

export type Case = (typeof CASES)[keyof typeof CASES][number];

/** Cases that take more than one hostile bot: a file below tests/, and words of the title of one of them. */
export const TESTS: Partial<Record<Case, readonly [file: string, title: string]>> = {
  'hang at import or on_init': ['hostile/lifecycle.test.ts', 'hangs in on_init'],
  'bot dies while pooled': ['hostile/lifecycle.test.ts', 'container dies while it is idle'],
  'server killed with SIGKILL': ['hostile/crash.test.ts', 'cut by SIGKILL'],
  'engine restarted, or its start hangs': ['hostile/engine.test.ts', 'hangs answers nobody'],
  'create burst': ['hostile/lifecycle.test.ts', 'created all at once'],
  'removal race': ['hostile/lifecycle.test.ts', 'removed during a hook'],
  'every syscall and socket family': ['sandbox/seccomp.test.ts', 'syscall'],
  'slow and huge': ['hostile/egress.test.ts', 'sends without end'],
};

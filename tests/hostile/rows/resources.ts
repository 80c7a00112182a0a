import { answers, fails, type Row } from '../support/row.ts';

/** What a bot can do to the machine's processor, memory, files and processes. */
export const RESOURCES: readonly Row[] = [
  { case: 'infinite loop', name: 'loops for ever', python: 'while True: pass', shows: fails('timeout') },
  {
    case: 'infinite loop',
    name: 'sleeps for ever',
    python: 'time.sleep(1e6)',
    shows: fails('timeout'),
  },
  {
    case: 'C loop that holds the interpreter lock',
    name: 'sums in C',
    python: 'sum(range(10 ** 15))',
    shows: fails('timeout'),
  },
  {
    case: 'C loop that holds the interpreter lock',
    name: 'backtracks in C',
    python: "re.match('(a+)+$', 'a' * 64 + 'b')",
    shows: fails('timeout'),
  },
  {
    case: 'fork bomb',
    name: 'forks until nothing is left',
    python: 'while True:\n    try: os.fork()\n    except OSError: pass',
    shows: fails('timeout'),
  },
  {
    case: 'thread bomb',
    name: 'starts threads until nothing is left',
    python:
      'while True:\n    try: threading.Thread(target=time.sleep, args=(1e6,)).start()\n    except RuntimeError: pass',
    shows: fails('timeout'),
  },
  {
    case: 'out of memory around PID 1',
    name: 'fills the workspace, then shared memory, so that PID 1 is all that could be freed',
    python: [
      "with open('/workspace/f', 'wb', 0) as f:",
      '    try:',
      "        while True: f.write(b'x' * (1 << 20))",
      '    except OSError: pass',
      'm = mmap.mmap(-1, 400 << 20)',
      'for at in range(0, 400 << 20, 4096): m[at] = 1',
    ].join('\n'),
    shows: fails('memory'),
  },
  {
    case: 'out of memory in a child',
    name: 'takes more memory than allowed',
    python: 'x = bytearray(200 << 20)',
    shows: fails('memory'),
  },
  {
    case: 'out of memory in a child',
    name: 'fills shared memory, which only the control group counts',
    python: 'm = mmap.mmap(-1, 400 << 20)\nfor at in range(0, 400 << 20, 4096): m[at] = 1',
    shows: fails('memory'),
  },
  {
    case: 'out of memory in a child',
    name: 'has a child of its own fill the memory, and answers',
    python: [
      'child = os.fork()',
      'if child == 0:',
      '    m = mmap.mmap(-1, 400 << 20)',
      '    for at in range(0, 400 << 20, 4096): m[at] = 1',
      '    os._exit(0)',
      "return post({'child ended by signal': os.WTERMSIG(os.waitpid(child, 0)[1])})",
    ].join('\n'),
    shows: answers({ 'child ended by signal': 9 }),
  },
  {
    case: 'workspace full',
    name: 'fills the workspace',
    python: "with open('/workspace/f', 'wb') as f:\n    while True: f.write(b'x' * (1 << 20))",
    shows: fails('exception'),
  },
  {
    case: 'inodes full',
    name: 'uses up every inode',
    python: "n = 0\nwhile True:\n    n += 1\n    open(f'/workspace/{n}', 'w').close()",
    shows: fails('exception'),
  },
  {
    case: '/dev/shm',
    name: 'looks for shared memory that is a file',
    python: "return post({'there': os.path.exists('/dev/shm')})",
    shows: answers({ there: false }),
  },
  {
    case: 'System V IPC',
    name: 'asks for segments, semaphores and queues of System V',
    python: [
      'libc = ctypes.CDLL(None, use_errno=True)',
      'got = [libc.shmget(0, 4096, 0o1600), libc.semget(0, 1, 0o1600), libc.msgget(0, 0o1600)]',
      "return post({'got': got})",
    ].join('\n'),
    shows: answers({ got: [-1, -1, -1] }),
  },
  {
    case: 'message queues',
    name: 'opens message queues',
    python: [
      'libc = ctypes.CDLL(None, use_errno=True)',
      "return post({'got': libc.mq_open(b'/q', os.O_CREAT | os.O_RDWR, 0o600, None)})",
    ].join('\n'),
    shows: answers({ got: -1 }),
  },
  {
    case: 'file descriptors exhausted',
    name: 'uses up its file descriptors',
    python: "kept = []\ntry:\n    while True: kept.append(open('/dev/null'))\nfinally: kept.clear()",
    shows: fails('exception'),
  },
  {
    case: 'file descriptors exhausted',
    name: 'keeps descriptors in flight on sockets',
    python: [
      'kept = []',
      'null = os.open("/dev/null", 0)',
      'try:',
      '    while True:',
      '        kept.append(socket.socketpair())',
      '        for _ in range(200): socket.send_fds(kept[-1][0], [b"x"], [null] * 50, socket.MSG_DONTWAIT)',
      'except OSError: pass',
      "return post({'done': True})",
    ].join('\n'),
    shows: answers({ done: true }),
  },
];

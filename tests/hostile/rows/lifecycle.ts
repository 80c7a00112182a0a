import { answers, fails, type Row } from '../support/row.ts';

const DID = answers({ did: 1 });
const post = "return post({'did': 1})";

/** What a bot can do to its own end, and to PID 1. Rows with more than a bot are in lifecycle.test.ts. */
export const LIFECYCLE: readonly Row[] = [
  {
    case: 'ignores SIGTERM',
    name: 'ignores every signal',
    python:
      'for n in set(range(1, 65)) - {9, 19, 32, 33}: signal.signal(n, signal.SIG_IGN)\nwhile True: pass',
    shows: fails('timeout'),
  },
  {
    case: 'os._exit in a hook',
    name: 'exits as if all were well',
    python: 'os._exit(0)',
    shows: fails('exit'),
  },
  { case: 'os._exit in a hook', name: 'exits with a status', python: 'os._exit(7)', shows: fails('exit') },
  { case: 'os._exit in a hook', name: 'raises SystemExit', python: 'sys.exit()', shows: fails('exit') },
  { case: 'os._exit in a hook', name: 'crashes', python: 'ctypes.string_at(0)', shows: fails('exit') },
  { case: 'os._exit in a hook', name: 'aborts', python: 'os.abort()', shows: fails('exit') },
  { case: 'os._exit in a hook', name: 'answers nothing', python: "return b''", shows: fails('exit') },
  {
    case: 'kill(1, 9)',
    name: 'sends every signal to PID 1',
    python: `for n in set(range(1, 65)) - {32, 33}:\n    try: os.kill(1, n)\n    except OSError: pass\n${post}`,
    shows: DID,
  },
  {
    case: 'kill(1, 9)',
    name: 'sends every signal to everyone',
    python: `for n in set(range(1, 65)) - {32, 33}:\n    try: os.kill(-1, n)\n    except OSError: pass\n${post}`,
    shows: DID,
  },
  {
    case: 'kill(1, 9)',
    name: 'limits PID 1',
    python: [
      'done = []',
      'for what in range(16):',
      '    try: resource.prlimit(1, what, (0, 0)); done.append(what)',
      '    except (OSError, ValueError): pass',
      "return post({'done': done})",
    ].join('\n'),
    shows: answers({ done: [] }),
  },
  {
    case: 'kill(1, 9)',
    name: 'takes the processor from PID 1',
    python: [
      'done = []',
      'for name, change in {',
      "    'affinity': lambda: os.sched_setaffinity(1, {0}),",
      "    'scheduler': lambda: os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0)),",
      "    'priority': lambda: os.setpriority(os.PRIO_PROCESS, 1, 19),",
      "    'priority of all': lambda: os.setpriority(os.PRIO_USER, 1000, 19),",
      '}.items():',
      '    try: change(); done.append(name)',
      '    except OSError: pass',
      "return post({'done': done})",
    ].join('\n'),
    shows: answers({ done: [] }),
  },
  {
    case: 'daemonised grandchild between hooks',
    name: 'leaves a daemon behind',
    python: `if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: time.sleep(1e6)\n    os._exit(0)\n${post}`,
    shows: DID,
  },
  {
    case: 'daemonised grandchild between hooks',
    name: 'leaves a tree of processes that fork for ever',
    python: [
      'try:',
      '    for _ in range(10):',
      '        if os.fork() == 0:',
      '            os.setsid()',
      '            while True:',
      '                try: os.fork()',
      '                except OSError: pass',
      'except OSError: pass',
      post,
    ].join('\n'),
    shows: DID,
  },
];

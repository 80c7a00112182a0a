import { answers, type Row } from '../support/row.ts';

const DID = answers({ did: 1 });
const post = "return post({'did': 1})";

/** What a bot can read and write outside its workspace, and leave in it. */
export const ESCAPE: readonly Row[] = [
  {
    case: 'writes to /proc, /sys, cgroup root',
    name: 'writes to every file of the system',
    python: [
      'wrote = []',
      "own = re.compile('/proc/(self|thread-self|%d)/' % os.getpid())",
      "devices = {'null', 'zero', 'full', 'random', 'urandom', 'tty', 'ptmx'}",
      "harmless = {os.stat('/dev/' + name).st_rdev for name in devices}",
      "for top, folders, names in os.walk('/'):",
      "    if own.match(top + '/') or top.startswith('/workspace'): folders.clear(); continue",
      '    for name in names:',
      '        at = os.path.join(top, name)',
      '        if os.path.islink(at): continue',
      '        try:',
      '            if os.stat(at).st_rdev in harmless: continue',
      '            fd = os.open(at, os.O_WRONLY | os.O_NONBLOCK)',
      "            for text in [b'some 500000 2000000', b'1']: os.write(fd, text); wrote.append(at)",
      '        except OSError: pass',
      "return post({'wrote': wrote})",
    ].join('\n'),
    shows: answers({ wrote: [] }),
  },
  {
    case: 'writes to /proc, /sys, cgroup root',
    name: 'makes a file in every folder of the system',
    python: [
      'made = []',
      "for top, folders, names in os.walk('/'):",
      "    if top.startswith(('/proc/', '/workspace')): folders.clear(); continue",
      "    try: os.close(os.open(top + '/made', os.O_CREAT | os.O_WRONLY)); made.append(top)",
      '    except OSError: pass',
      "return post({'made': made})",
    ].join('\n'),
    shows: answers({ made: [] }),
  },
  {
    case: 'writes to /proc, /sys, cgroup root',
    name: 'mounts, changes its root and its user',
    python: [
      'libc = ctypes.CDLL(None)',
      "tried = {'mount': libc.mount(b'none', b'/workspace', b'tmpfs', 0, None), 'unshare': libc.unshare(0x10000000),",
      "         'chroot': libc.chroot(b'/workspace'), 'setuid': libc.setuid(0), 'umount': libc.umount(b'/workspace')}",
      "return post({'done': [name for name, result in tried.items() if result != -1]})",
    ].join('\n'),
    shows: answers({ done: [] }),
  },
  {
    case: 'symlink traps',
    name: 'leaves symlinks, pipes and sockets',
    python: [
      "os.symlink('/opt/runner', '/workspace/a'); os.symlink('.', '/workspace/b'); os.symlink('/proc/1/root', '/workspace/c')",
      "for leave in [lambda: os.mkfifo('/workspace/d'), lambda: socket.socket(socket.AF_UNIX).bind('/workspace/e')]:",
      '    try: leave()',
      '    except OSError: pass',
      post,
    ].join('\n'),
    shows: DID,
  },
  {
    case: 'symlink traps',
    name: 'leaves a deep tree that it may not read',
    python: `at = '/workspace'\nfor n in range(200): at += '/d'; os.mkdir(at)\nopen(at + '/f', 'w').close()\nfor n in range(200): os.chmod(at, 0); at = os.path.dirname(at)\n${post}`,
    shows: DID,
  },
  {
    case: 'symlink traps',
    name: 'leaves names that no shell would like',
    python: `for name in [b'\\xff', b'-rf', b' ', b'\\n', b'x' * 255]: open(b'/workspace/' + name, 'w').close()\n${post}`,
    shows: DID,
  },
  {
    case: 'secrets through environ, /proc/1, leftovers',
    name: 'reads its environment',
    python: "return post({'names': sorted(os.environ)})",
    shows: answers({ names: ['HOME', 'HOSTNAME', 'LANG', 'PATH', 'PYTHONHASHSEED', 'TMPDIR'] }),
  },
  {
    case: 'secrets through environ, /proc/1, leftovers',
    name: 'reads what PID 1 is closed to',
    python: [
      'read = []',
      "for name in ['environ', 'mem', 'maps', 'auxv', 'fd/0', 'fd/1', 'io', 'root/opt', 'cwd/opt', 'exe', 'stack']:",
      '    try:',
      "        if os.path.isdir('/proc/1/' + name): read.append(name)",
      "        elif open('/proc/1/' + name, 'rb', 0).read(1) is not None: read.append(name)",
      '    except OSError: pass',
      "return post({'read': read})",
    ].join('\n'),
    shows: answers({ read: [] }),
  },
  {
    case: 'residue of another bot on reuse',
    name: 'leaves notes on the workspace itself',
    python: `os.utime('/workspace', (1, 1)); os.chmod('/workspace', 0o1000)\ntry: os.setxattr('/workspace', 'user.note', b'x')\nexcept OSError: pass\n${post}`,
    shows: DID,
  },
];

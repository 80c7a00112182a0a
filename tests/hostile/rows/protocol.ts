import { answers, fails, type Row } from '../support/row.ts';

const REPLY = `b'{"posts": [{"kind": "bot", "body": {"did": 1}}], "output": ""}'`;
const DID = answers({ did: 1 });
const post = "return post({'did': 1})";

/** A frame of the runner's pipe: header, then a result with a nonce of zeros (docs/runner-protocol.md). */
const FRAME = "b'\\x02\\0\\0\\0' + b'\\0' * 4 + b'\\0\\0\\0\\x20' + b'\\0' * 32";

/** What a bot can do with its outputs, its reply and everything it finds open. */
export const PROTOCOL: readonly Row[] = [
  {
    case: 'stdout flood',
    name: 'floods its standard output',
    python: "while True: os.write(1, b'lines\\n' * 10000)",
    shows: fails('timeout'),
    flood: true,
  },
  {
    case: 'flood without a newline',
    name: 'floods its standard output without a newline',
    python: "while True: os.write(1, b'x' * 65536)",
    shows: fails('timeout'),
    flood: true,
  },
  {
    case: 'stderr flood',
    name: 'floods its standard error',
    python: "while True: os.write(2, b'x' * 65536)",
    shows: fails('timeout'),
    flood: true,
  },
  {
    case: 'deep or 100 MB JSON',
    name: 'streams 100 MB into its reply',
    python: "for _ in range(1600):\n    for fd in sockets(): os.write(fd, b'x' * 65536)",
    shows: fails('output'),
    flood: true,
  },
  {
    case: 'print during a hook',
    name: 'prints beside its answer',
    python: `print('x' * 100)\n${post}`,
    shows: DID,
  },
  {
    case: 'print during a hook',
    name: 'prints half a megabyte',
    python: `print('x' * (1 << 19))\n${post}`,
    shows: DID,
  },
  {
    case: 'forged reply with a guessed id',
    name: 'writes frames of the runner to its standard output',
    python: `os.write(1, ${FRAME})\n${post}`,
    shows: DID,
  },
  {
    case: 'forged reply with a guessed id',
    name: 'writes frames of the runner into its reply',
    python: `for fd in sockets(): os.write(fd, ${FRAME})\n${post}`,
    shows: fails('output'),
  },
  {
    case: 'forged reply with a guessed id',
    name: 'writes frames into everything that PID 1 has open',
    python: [
      'wrote = []',
      'for fd in range(256):',
      '    try:',
      `        os.write(os.open(f'/proc/1/fd/{fd}', os.O_WRONLY | os.O_NONBLOCK), ${FRAME})`,
      '        wrote.append(fd)',
      '    except OSError: pass',
      "return post({'wrote': wrote})",
    ].join('\n'),
    shows: answers({ wrote: [] }),
  },
  {
    case: 'late or duplicate reply',
    name: 'answers twice',
    python: `for fd in sockets(): os.write(fd, ${REPLY})\n${post}`,
    shows: fails('output'),
  },
  {
    case: 'late or duplicate reply',
    name: 'answers past its own code, and exits',
    python: `for fd in sockets(): os.write(fd, ${REPLY})\nos._exit(0)`,
    shows: DID,
  },
  {
    case: 'late or duplicate reply',
    name: 'has answered, and does not end',
    python: `for fd in sockets(): os.write(fd, ${REPLY})\nwhile True: pass`,
    shows: fails('timeout'),
  },
  {
    case: 'late or duplicate reply',
    name: 'has a child that answers as well, later',
    python: `if os.fork() == 0:\n    while True:\n        time.sleep(0.5)\n        for fd in sockets(): os.write(fd, ${REPLY})\ntime.sleep(0)\n${post}`,
    shows: DID,
  },
  ...(
    [
      ['malformed UTF-8', 'b\'{"posts": ["\\xff"]}\''],
      ['NaN', 'b\'{"posts": [NaN]}\''],
      ['half a surrogate pair', 'b\'{"posts": ["\\\\ud800"]}\''],
      ['a number past 2^53', 'b\'{"posts": [{"kind": "bot", "body": {"n": 9007199254740993}}]}\''],
      ['a key twice', 'b\'{"posts": [], "posts": []}\''],
      ['what is no JSON', "b'{posts: []}'"],
      ['without posts', "b'{}'"],
      ['a number', "b'1'"],
    ] as const
  ).map(
    ([what, reply]): Row => ({
      case: 'invalid UTF-8, NaN, lone surrogates',
      name: `answers ${what}`,
      python: `return ${reply}`,
      shows: fails('output'),
    }),
  ),
  {
    case: 'deep or 100 MB JSON',
    name: 'answers 100,000 brackets',
    python: "return b'[' * 100000",
    shows: fails('output'),
  },
  {
    case: 'deep or 100 MB JSON',
    name: 'posts a body of 100 levels',
    python: `return b'{"posts": [{"kind": "bot", "body": ' + b'{"a":' * 100 + b'1' + b'}' * 100 + b'}]}'`,
    shows: fails('output'),
  },
  {
    case: 'deep or 100 MB JSON',
    name: 'makes 100 MB of JSON',
    python: `return b'"' + b'x' * (100 << 20) + b'"'`,
    shows: fails('memory'),
  },
  {
    case: 'bot closes its descriptors',
    name: 'closes its standard outputs',
    python: `os.close(1); os.close(2)\n${post}`,
    shows: DID,
  },
  {
    case: 'bot closes its descriptors',
    name: 'closes every descriptor',
    python: `os.closerange(0, 256)\n${post}`,
    shows: fails('exit'),
  },
  {
    case: 'child holds the reply open',
    name: 'leaves a child with its reply and its outputs',
    python: `if os.fork() == 0: time.sleep(1e6)\n${post}`,
    shows: DID,
  },
  {
    case: 'bot reads its request ahead',
    name: 'reads whatever it has open for what comes next',
    python: [
      'got = []',
      'for fd in [0, *sockets()]:',
      '    try:',
      '        os.set_blocking(fd, False)',
      '        got.append(len(os.read(fd, 65536)))',
      '    except BlockingIOError: pass',
      '    finally: os.set_blocking(fd, True)',
      "return post({'got': sum(got)})",
    ].join('\n'),
    shows: answers({ got: 0 }),
  },
  {
    case: '__proto__ keys',
    name: 'posts a __proto__',
    python: `return b'{"posts": [{"kind": "bot", "body": {"a": {"__proto__": {"polluted": true}}}}]}'`,
    // Data as any other: what counts is that it comes back as it went in.
    shows: answers(JSON.parse('{"a": {"__proto__": {"polluted": true}}}')),
  },
  {
    case: '__proto__ keys',
    name: 'answers with a __proto__',
    python: `return b'{"__proto__": {"posts": []}}'`,
    shows: fails('output'),
  },
];

/** A bot as people bring them, whose code is refused before anything runs: the line, and what the sentence says. */
export type Refused = readonly [name: string, source: string, line: number, says: string];

/** Holes of RestrictedPython and ways to the interpreter that the syntax shows. */
export const REFUSED: readonly Refused[] = [
  ['CVE-2023-37271, the frame of a generator', 'x = (i for i in ()).gi_frame', 1, 'gi_frame'],
  ['CVE-2023-37271, a frame of a traceback', 'def f(tb):\n    return tb.tb_frame.f_globals', 2, 'f_globals'],
  ['CVE-2025-22153, except*', 'try:\n    pass\nexcept* ValueError:\n    pass', 1, 'except*'],
  [
    'CVE-2026-55830, a guard as a positional-only argument',
    'def f(_getattr_, /, x):\n    return x.y',
    1,
    '_getattr_',
  ],
  ["CVE-2026-55830, a guard as a lambda's", 'f = lambda _write_, /: 1', 1, '_write_'],
  ['CVE-2026-76825, string.Formatter', 'import string', 1, "'string'"],
  ['json.codecs.sys', "import json\nx = json.codecs.sys.modules['os']", 2, 'json.codecs is not available'],
  ['re.enum.sys', 'import re\nx = re.enum.sys', 2, 're.enum is not available'],
  ['typing.sys', 'import typing\nx = typing.sys', 2, 'typing.sys is not available'],
  [
    'urllib.request.os',
    'import urllib.request\nx = urllib.request.os',
    2,
    'urllib.request.os is not available',
  ],
  ['import of os', 'import os', 1, "'os'"],
  ['import of ctypes in a function', 'def f():\n    import ctypes', 2, "'ctypes'"],
  ['eval', "eval('2+2')", 1, 'Eval'],
  ['exec', "exec('x = 1')", 1, 'Exec'],
  ['__import__', "__import__('os')", 1, 'import statements'],
  ['__builtins__', 'x = __builtins__', 1, '__builtins__'],
  ['a dunder attribute', 'x = ().__class__', 1, '__class__'],
];

/** A hook that tries it at run time: what it catches, and the imports that it needs. */
export type Tried = readonly [name: string, expression: string, caught: string, imports?: string];

/** Ways that only running shows: each ends in an exception that the bot itself sees. */
export const TRIED: readonly Tried[] = [
  ['CVE-2023-37271, gi_frame by getattr', "getattr((x for x in ()), 'gi_frame')", 'AttributeError'],
  ['CVE-2023-37271, __traceback__ by getattr', "getattr(ValueError(), '__traceback__')", 'AttributeError'],
  ['CVE-2023-41039, str.format', "'{0.__class__}'.format(self)", 'AttributeError'],
  ['CVE-2023-41039, str.format_map', "'{a.__class__}'.format_map({'a': self})", 'AttributeError'],
  [
    'CVE-2023-41039, str.format through map',
    "list(map(str.format, ['{0.__class__}'], [self]))",
    'AttributeError',
  ],
  ['CVE-2024-47532, AttributeError.obj', 'self.missing()', 'AttributeError'],
  [
    'CVE-2026-76825, the class that has one',
    "getattr(collections, 'UserString')",
    'AttributeError',
    'collections',
  ],
  ['json.codecs by getattr', "getattr(json, 'codecs')", 'AttributeError', 'json'],
  ['re.enum by getattr', "getattr(re, 'enum')", 'AttributeError', 're'],
  ['typing.sys by getattr', "getattr(typing, 'sys')", 'AttributeError', 'typing'],
  ['urllib.request.os by getattr', "getattr(urllib.request, 'os')", 'AttributeError', 'urllib.request'],
  ['a file outside the workspace', "open('/etc/passwd')", 'PermissionError'],
  ['a class of three arguments', "type('X', (), {})", 'TypeError'],
  ["a facade's attribute", 'self.rewrite()', 'TypeError', 'json'],
];

/** A bot whose hook says what exception it got. */
export function trying([, expression, , imports]: Tried): string {
  return `${imports ? `import ${imports}` : ''}
class Bot:
    def __init__(self, ctx, params):
        self.ctx = ctx

    def missing(self):
        try:
            self.nothing
        except AttributeError as error:
            return getattr(error, 'obj')

    def rewrite(self):
        json.loads = 1

    def on_message(self, msg):
        if msg['body'] != {'text': 'attack'}:
            self.ctx.post('bot', {'honest': True})
            return
        try:
            got = str(${expression})
        except Exception as error:
            got = repr(error)
        self.ctx.post('bot', {'got': got.split('(')[0]})
`;
}

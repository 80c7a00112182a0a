"""What is refused before it runs: each row is a program, the line, and what the sentence says."""

import unittest

from harness import load

AFTER = "\nclass Bot:\n    def on_init(self):\n        pass\nraise ValueError('ran')\n"
# Each program would fail loudly if its body were run: a refusal must come first.
REFUSED = {
    'import of os': ('import os', 1, "Import of 'os' is not allowed"),
    'import of os below others': ('import json, os', 1, "'os'"),
    'import of subprocess in a function': ('def f():\n    import subprocess', 2, "'subprocess'"),
    "import of a module's forbidden child": ('import os.path as p', 1, "'os.path'"),
    'from-import of os': ('from os import system', 1, "'os'"),
    'import of uuid, which draws chance': ('import uuid', 1, "'uuid'"),
    'import of builtins': ('import builtins', 1, "'builtins'"),
    'import of ctypes, threading, signal': (
        'import ctypes\nimport threading\nimport signal',
        1,
        '2 more lines',
    ),
    'relative import': ('from . import x', 1, 'Relative imports'),
    'star import': ('from json import *', 1, 'Star imports'),
    "a module's module": ('from json import codecs', 1, 'json.codecs is not available'),
    "a module's private name": ('from json import _default_decoder', 1, 'not available'),
    'sys.modules': ("import sys\nsys.modules['os']", 2, 'sys.modules is not available'),
    'json.codecs.sys': ("import json\nx = json.codecs.sys.modules['os']", 2, 'json.codecs is not available'),
    're.enum.sys': ('import re\nx = re.enum.sys', 2, 're.enum is not available'),
    'typing.sys': ('import typing as t\nx = t.sys', 2, 't.sys is not available'),
    'urllib.request.os': (
        'import urllib.request\nx = urllib.request.os',
        2,
        'urllib.request.os is not available',
    ),
    'http.server': ('import http.server', 1, "'http.server'"),
    'functools.singledispatch': ('from functools import singledispatch', 1, 'not available'),
    'typing.get_type_hints': ('from typing import get_type_hints', 1, 'not available'),
    'ssl.RAND_bytes, which nobody committed to': ('import ssl\nx = ssl.RAND_bytes(8)', 2, 'RAND_bytes is not available'),
    'a file for TLS keys': ('def f(context):\n    context.keylog_filename = 1', 2, 'writes a file'),
    'an argument that starts with an underscore': (
        'import email.policy\nx = email.policy.default.clone(__class__=int)', 2, '"__class__"',
    ),
    'such an argument for partial': ('import functools\nf = functools.partial(dict, _x=1)', 2, '"_x"'),
    'such an argument for a class': ('class A(dict, _x=1):\n    pass', 1, '"_x"'),
    'eval': ("eval('2+2')", 1, 'Eval calls are not allowed'),
    'exec': ("exec('x = 1')", 1, 'Exec calls are not allowed'),
    'eval as a value': ('e = eval', 1, 'Eval'),
    'compile': ("compile('1', 'x', 'eval')", 1, 'compile() is not available'),
    "open's kin": ("globals()['x'] = 1", 1, 'globals() is not available'),
    'vars': ('vars()', 1, 'vars() is not available'),
    'breakpoint': ('breakpoint()', 1, 'breakpoint() is not available'),
    '__import__': ("__import__('os')", 1, 'import statements'),
    '__builtins__': ('x = __builtins__', 1, '__builtins__'),
    'dunder attribute': ('x = ().__class__', 1, '__class__'),
    'private attribute': ('class A:\n    def f(self):\n        self._x = 1', 3, '_x'),
    'private name': ('_x = 1', 1, '_x'),
    'private argument': ('def f(_x):\n    pass', 1, '_x'),
    'private method': ('class A:\n    def _f(self):\n        pass', 2, '_f'),
    'dangerous special method': (
        'class A:\n    def __getattribute__(self, n):\n        pass',
        2,
        '__getattribute__',
    ),
    'special method at the top': ('def __init__(self):\n    pass', 1, '__init__'),
    'guard by import': ('import json as _getattr_', 1, '_getattr_'),
    'guard as a function': ('def _getattr_(o, n):\n    pass', 1, '_getattr_'),
    'guard as a positional-only argument (CVE-2026-55830)': (
        'def f(_getattr_, /, x):\n    return x.y',
        1,
        '_getattr_',
    ),
    "guard as a lambda's argument": ('f = lambda _write_, /: 1', 1, '_write_'),
    "guard as an exception's name": (
        'try:\n    pass\nexcept ValueError as _getattr_:\n    pass',
        3,
        '_getattr_',
    ),
    'guard by walrus': ('[_getitem_ := 1]', 1, '_getitem_'),
    'guard by nonlocal': ('def f():\n    nonlocal _getattr_', 2, '_getattr_'),
    'metaclass': ('class A(metaclass=print):\n    pass', 1, 'metaclass'),
    'except star (CVE-2025-22153)': ('try:\n    pass\nexcept* ValueError:\n    pass', 1, 'except*'),
    'frame of a generator (CVE-2023-37271)': ('x = (i for i in ()).gi_frame', 1, 'gi_frame'),
    'frame of a traceback': ('def f(tb):\n    return tb.tb_frame.f_globals', 2, 'f_globals'),
    'augmented private attribute': ('class A:\n    def f(self):\n        self._x += 1', 3, '_x'),
    'augmented frame attribute': ('def f(t):\n    t.tb_next += 1', 2, 'tb_next'),
    'super with arguments': ('class A:\n    def f(self):\n        super(A, self).f()', 3, 'super()'),
    'super as another name': ('super = 1', 1, 'super'),
    'super as a value': ('s = super', 1, 'super can only be called'),
    '__init__ of anything but super()': ('x = dict.__init__', 1, '__init__'),
    'async': ('async def f():\n    pass', 1, 'async'),
    'match': ('match 1:\n    case _:\n        pass', 1, 'match'),
    'type parameters': ('def f[T](x: T):\n    pass', 1, 'Type parameters'),
    'syntax error': ('x = 1\ndef f(:\n    pass', 2, 'Syntax error'),
    'return outside of a function': ('return 1', 1, 'Syntax error'),
    'the first problem in the order of lines': ("x = 1\neval('1')\nimport os", 2, '1 more line'),
}


class Refusals(unittest.TestCase):
    def refusal(self, source):
        loaded = load(source)
        self.assertNotIn('code', loaded, 'was accepted')
        self.assertNotIn('fails while it is loaded', loaded['message'])
        return loaded


class Refused(Refusals):
    pass


def _row(name, source, line, says):
    def test(self):
        refused = self.refusal(source + AFTER)
        self.assertEqual(refused['line'], line, refused)
        self.assertIn(says, refused['message'])

    setattr(Refused, 'test_' + name.replace(' ', '_'), test)


for _name, _case in REFUSED.items():
    _row(_name, *_case)


class RefusedAsAWhole(Refusals):
    def test_code_without_a_class(self):
        self.assertEqual(self.refusal('x = 1\n')['line'], None)

    def test_empty_code(self):
        self.assertIn('no class', self.refusal('')['message'])

    def test_two_classes_with_hooks(self):
        hook = '\n    def on_init(self):\n        pass\n'
        refused = self.refusal(f'class A:{hook}class B:{hook}')
        self.assertEqual(refused['line'], 4)
        self.assertIn('A (line 1) and B (line 4)', refused['message'])

    def test_code_over_64_KiB(self):
        self.assertIn('65536 bytes', self.refusal('#' * 65_537)['message'])

    def test_code_of_exactly_64_KiB_is_not_too_long(self):
        source = 'class A:\n    pass\n#'
        self.assertIn('code', load(source + 'x' * (65_536 - len(source))))

    def test_code_nested_too_deeply(self):
        for opening, closing in [('(', ')'), ('-', '1'), ('[', ']')]:
            with self.subTest(opening):
                self.refusal('x = ' + opening * 20_000 + closing)

    def test_a_null_character(self):
        self.refusal("x = '\0'\n")

    def test_half_of_a_surrogate_pair(self):
        self.assertIn('surrogate', self.refusal("x = '\ud800'\n")['message'])


class ModuleBody(unittest.TestCase):
    def test_a_body_that_raises_is_refused_with_its_line(self):
        refused = load('def f():\n    return 1 / 0\nx = 1\nf()\nclass A:\n    pass\n')
        self.assertEqual(refused['line'], 2)
        self.assertIn('ZeroDivisionError: division by zero', refused['message'])

    def test_a_body_that_exits_is_refused(self):
        self.assertEqual(load('x = 1\nraise SystemExit(0)\n')['line'], 2)

    def test_an_error_that_cannot_be_shown_is_refused_all_the_same(self):
        source = "class E(Exception):\n    def __str__(self):\n        raise ValueError('no')\nraise E()\n"
        self.assertIn('cannot be shown', load(source)['message'])


if __name__ == '__main__':
    unittest.main()

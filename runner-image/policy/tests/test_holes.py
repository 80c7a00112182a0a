"""Ways out that the syntax does not show: each row tries one at run time and posts what it got hold of.

Every row must end in the named exception; a row that posts has found a hole.
"""

import unittest

from harness import answer

TRIED = {
    # str.format reads attributes in C (CVE-2023-41039).
    "str.format": ("post('{0.__class__}'.format(self))", "AttributeError"),
    "str.format, item of an attribute": ("post('{0.on_init.__globals__[os]}'.format(self))", "AttributeError"),
    "str.format of the class": ("post(str.format('{0.__class__}', self))", "AttributeError"),
    "str.format by getattr": ("post(getattr('{0.__class__}', 'format')(self))", "AttributeError"),
    "str.format by getattr with a default": ("post(getattr('{0.__class__}', 'format', None)(self))", "AttributeError"),
    "str.format through map": ("post(list(map(str.format, ['{0.__class__}'], [self])))", "AttributeError"),
    "str.format of a nested specification": ("post('{0:{1.__class__}}'.format(1, self))", "AttributeError"),
    "str.format_map": ("post('{a.__class__}'.format_map({'a': self}))", "AttributeError"),
    "str.format through super": (
        "post(S('{0.__class__}').go(1))", "AttributeError",
        "class S(str):\n    def go(self, x):\n        return super().format(x)",
    ),
    "str.format of a subclass": ("post(S('{0.__class__}').format(1))", "AttributeError", "class S(str):\n    pass"),
    "str.format through typing.Text": ("post(typing.Text.format('{0.__class__}', 1))", "AttributeError", "import typing"),
    "str.format through partial": ("post(functools.partial(str.format, '{0.__class__}')(1))", "AttributeError", "import functools"),
    "str.format through reduce": ("post(functools.reduce(str.format, ['{0.__class__}', 1]))", "AttributeError", "import functools"),
    "a frame in a format field": ("g = (x for x in ())\npost('{0.gi_frame}'.format(g))", "AttributeError"),
    # string.Formatter does the same in Python (CVE-2026-76825).
    "string.Formatter, by any module": ("post(getattr(collections, 'UserString'))", "AttributeError", "import collections"),
    # Frames (CVE-2023-37271) and tracebacks.
    "gi_frame by getattr": ("post(getattr((x for x in ()), 'gi_frame'))", "AttributeError"),
    "gi_code by getattr": ("post(getattr((x for x in ()), 'gi_code', 1))", "AttributeError"),
    "__traceback__ by getattr": ("try:\n    1 / 0\nexcept Exception as e:\n    post(getattr(e, '__traceback__'))", "AttributeError"),
    "a traceback's frame": (
        "with C():\n    raise ValueError", "AttributeError",
        "class C:\n    def __enter__(self):\n        pass\n    def __exit__(self, kind, error, tb):\n        getattr(tb, 'tb_frame')",
    ),
    # AttributeError.obj is the object without the name, whatever it is (CVE-2024-47532).
    "AttributeError.obj": ("try:\n    self.nothing\nexcept AttributeError as e:\n    post(str(e.obj))", "AttributeError"),
    "AttributeError.obj of a module": ("try:\n    getattr(json, 'nothing')\nexcept AttributeError as e:\n    post(str(getattr(e, 'obj')))", "AttributeError", "import json"),
    # Underscore names by string.
    "getattr": ("post(str(getattr(self, '__class__')))", "AttributeError"),
    "getattr with a str of one's own": (
        "post(str(getattr(self, S('__class__'))))", "TypeError",
        "class S(str):\n    def startswith(self, x):\n        return False\n    def __getitem__(self, i):\n        return 'x'",
    ),
    "setattr": ("setattr(self, '__class__', dict)", "AttributeError"),
    "delattr": ("delattr(self, '__dict__')", "AttributeError"),
    "hasattr says no": ("post(hasattr(self, '__class__')); 1 / hasattr(self, '__class__')", "ZeroDivisionError"),
    "mro": ("post(str(Bot.mro()))", "AttributeError"),
    # type: neither the metaclass nor what makes functions and modules.
    "type of three arguments": ("type('X', (), {'__getattr__': print})", "TypeError"),
    "type of a class is the guard": ("type(type(1))('X', (), {})", "TypeError"),
    "type of an abstract class": ("type(collections.abc.Mapping)('X', (), {})", "TypeError", "import collections.abc"),
    "type of a function": ("type(lambda: 0)", "TypeError"),
    "type of a generator": ("type(x for x in ())", "TypeError"),
    # Underscore names as arguments, which library code takes for attributes.
    "clone of an e-mail policy as another class": (
        "post(str(email.policy.default.clone(**{'__class__': Bot})))", "TypeError", "import email.policy",
    ),
    "an underscore argument through partial": (
        "functools.partial(email.policy.default.clone, **{'__class__': Bot})()", "TypeError",
        "import email.policy, functools",
    ),
    "clone by a library that hands on the names of arguments": (
        "pool = urllib3.HTTPConnectionPool('a')\n"
        "pool.ConnectionCls = Own().clone\n"
        "pool.conn_kw = {'__class__': Bot}\n"
        "post(str(pool.urlopen('GET', '/')))", "TypeError",
        "import email.policy, urllib3\n"
        "class Own(email.policy.EmailPolicy):\n"
        "    host = port = timeout = 1",
    ),
    "an e-mail policy by a library that hands on the names of arguments": (
        "pool = urllib3.HTTPConnectionPool('a')\n"
        "pool.ConnectionCls = Own\n"
        "pool.conn_kw = {'__class__': Bot}\n"
        "post(str(pool.urlopen('GET', '/')))", "TypeError",
        "import email.policy, urllib3\n"
        "class Own(email.policy.EmailPolicy):\n"
        "    host = port = timeout = 1",
    ),
    # Aliases of typing hand writing on to the class that they are of.
    "a method of a library class through an alias": (
        "typing.Mapping[str, int].get = len\npost('written')", "TypeError", "import typing",
    ),
    "setattr of a file that keys are written to": (
        "setattr(ssl.create_default_context(), 'keylog_filename', '/workspace/k')", "AttributeError", "import ssl",
    ),
    # Library code that reads or writes attributes by name.
    "wraps with names of one's choice": (
        "functools.wraps(json.loads, assigned=(), updated=('__globals__',))(f)", "TypeError",
        "import functools, json\ndef f():\n    pass",
    ),
    "update_wrapper with names of one's choice": (
        "functools.update_wrapper(f, json.loads, (), ('__globals__',))", "TypeError",
        "import functools, json\ndef f():\n    pass",
    ),
    "wraps leaves no way back": ("getattr(f, '__wrapped__')", "AttributeError",
                                 "import functools\n@functools.wraps(len)\ndef f():\n    pass"),
    "catch_warnings of another object": ("warnings.catch_warnings(module=self)", "TypeError", "import warnings"),
    # Facades.
    "facade by getattr": ("getattr(json, 'codecs')", "AttributeError", "import json"),
    "facade's inside": ("getattr(json, '__dict__')", "AttributeError", "import json"),
    "facade cannot be changed": ("json.loads = 1", "TypeError", "import json"),
    "facade cannot be changed by setattr": ("setattr(json, 'loads', 1)", "TypeError", "import json"),
    "a module's class cannot be changed": ("json.JSONEncoder.default = 1", "TypeError", "import json"),
    "a function cannot be changed": ("json.loads.x = 1", "TypeError", "import json"),
    "ctx cannot be changed": ("self.ctx.now = 0", "TypeError"),
    "ctx's inside": ("getattr(self.ctx, '_effects')", "AttributeError"),
    "a builtin type cannot be changed": ("dict.x = 1", "TypeError"),
    "an import that is made up": ("post(str(imports))", "NameError"),
    "a socket of an open descriptor": ("socket.socket(fileno=0)", "PermissionError", "import socket"),
    "a file by its address": ("urllib.request.urlopen('file:///etc/passwd')", "URLError", "import urllib.request"),
    "a file by an opener": ("urllib.request.build_opener().open('file:///etc/passwd')", "URLError", "import urllib.request"),
    "a file by a handler of an opener": (
        "post([h.open_local_file(urllib.request.Request('file:///etc/passwd')).read() for h in urllib.request.build_opener().handlers])",
        "AttributeError", "import urllib.request",
    ),
    "a facade through a weak proxy": ("weakref.proxy(json).loads = 1", "TypeError", "import json, weakref"),
    "a module's class through a weak proxy": ("weakref.proxy(json.JSONEncoder).default = 1", "TypeError", "import json, weakref"),
    "sys.exit": ("getattr(sys, 'exit')", "AttributeError", "import sys"),
    "sys._getframe": ("getattr(sys, '_getframe')", "AttributeError", "import sys"),
    "print to something else": ("print(1, file=5)", "AttributeError"),
    "input": ("getattr(self, 'x', None) or post(str(printed))", "NameError"),
}  # fmt: skip


class Tried(unittest.TestCase):
    pass


def _row(name, body, error, top=''):
    def test(self):
        got = answer(body, top)
        self.assertIsInstance(got, str, f'a hole: {got!r}')
        self.assertTrue(got.startswith('Traceback of the bot'), f'a hole: {got!r}')
        self.assertIn(f'\n{error}', got)

    setattr(Tried, 'test_' + name.replace(' ', '_'), test)


for _name, _case in TRIED.items():
    _row(_name, *_case)


if __name__ == '__main__':
    unittest.main()

"""The language that bots may use: each row is a program and what it answers."""

import unittest

from harness import answer, load, run_source

WORKS = {
    'attributes of own objects': ('self.n = 1; self.n += 2; post(self.n)', 3),
    'augmented items': (
        "d = {'a': 1}; d['a'] += 4; d['b'] = d.get('b', 0); d['b'] -= 1; post(d)",
        {'a': 5, 'b': -1},
    ),
    'augmented slices': ('a = [1, 2, 3]; a[1:] += [9]; a[0] *= 7; post(a)', [7, 2, 3, 9]),
    'nested augmented targets': ("self.s = {'x': [1, 2]}; self.s['x'][1] += 5; post(self.s)", {'x': [1, 7]}),
    'the old value is read before the new': (
        'def change():\n    self.n = 100\n    return 1\nself.n = 1\nself.n += change()\npost(self.n)',
        2,
    ),
    'f-strings': ("name, n = 'x', 3.14159; post(f'{name!r:>5}|{n:.2f}|{n=}')", "  'x'|3.14|n=3.14159"),
    'str.format': ("post('{0[a]} {b.real}'.format({'a': 1}, b=2))", '1 2'),
    'str.format with automatic fields': ("post('{} {:>4} {:{}}'.format('a', 'b', 'c', 3))", 'a    b c  '),
    'str.format_map': ("post('{a}-{b}'.format_map({'a': 1, 'b': 2}))", '1-2'),
    'percent formatting': ("post('%s %05.1f' % ('a', 2))", 'a 002.0'),
    'comprehensions': ('post([[x * y for y in range(2)] for x in range(3) if x])', [[0, 1], [0, 2]]),
    'dict and set comprehensions': (
        "post(sorted({k: v for k, v in [('a', 1)]}.items()) + sorted({1, 1}))",
        [['a', 1], 1],
    ),
    'generators': ('def g():\n    got = yield 1\n    yield from (2, 3)\npost(list(g()))', [1, 2, 3]),
    'lambda, default and keyword arguments': (
        'f = lambda a, /, b=2, *c, d=4, **e: [a, b, list(c), d, e]\npost(f(1, 2, 3, d=5, z=6))',
        [1, 2, [3], 5, {'z': 6}],
    ),
    'star arguments in calls': ("post(max(*[1, 5], *(2,), **{'key': abs}))", 5),
    'unpacking': (
        'a, (b, *c), d = 1, (2, 3, 4), 5; (x, y), z = (1, 2), 3; post([a, b, c, d, x, y, z])',
        [1, 2, [3, 4], 5, 1, 2, 3],
    ),
    'walrus': ('post([y for x in range(5) if (y := x * x) > 3])', [4, 9, 16]),
    'annotations': (
        "n: int = 1\nm: 'nothing of this name'\ndef f(a: Missing = 2) -> AlsoMissing:\n    return a\npost(n + f())",
        3,
    ),
    'try, except, else, finally': (
        "r = []\ntry:\n    1 / 0\nexcept (ValueError, ZeroDivisionError) as e:\n    r.append(str(e))\nelse:\n    r.append('no')\n"
        "finally:\n    r.append('f')\npost(r)",
        ['division by zero', 'f'],
    ),
    'with': (
        'class C:\n    def __enter__(self):\n        return (1, 2)\n    def __exit__(self, *rest):\n        return True\n'
        'with C() as (a, b):\n    raise ValueError\npost(a + b)',
        3,
    ),
    'nonlocal and closures': ('n = 0\ndef up():\n    nonlocal n\n    n += 1\nup(); up()\npost(n)', 2),
    'global': (
        'post(bump())',
        1,
        'count = 0\ndef bump():\n    global count\n    count += 1\n    return count',
    ),
    'inheritance and super': (
        'post([A(1).n, B(2).n, B(2).name(), isinstance(B(2), A)])',
        [1, 4, 'a+b', True],
        "class A:\n    def __init__(self, n):\n        self.n = n\n    def name(self):\n        return 'a'\n"
        "class B(A):\n    def __init__(self, n):\n        super().__init__(n * 2)\n    def name(self):\n        return super().name() + '+b'",
    ),
    'properties and static methods': (
        'post([P().x, P.y(), P.z()])',
        [1, 2, 'P'],
        'class P:\n    @property\n    def x(self):\n        return 1\n    @staticmethod\n    def y():\n        return 2\n'
        "    @classmethod\n    def z(cls):\n        return 'P'",
    ),
    'special methods': (
        'v = V([1]) + V([2]); post([len(v), v[0], list(v), str(v), v == V([1, 2]), bool(v), 2 in v])',
        [2, 1, [1, 2], 'V!', True, True, True],
        'class V:\n    def __init__(self, a):\n        self.a = a\n    def __add__(self, o):\n        return V(self.a + o.a)\n'
        '    def __len__(self):\n        return len(self.a)\n    def __getitem__(self, i):\n        return self.a[i]\n'
        "    def __iter__(self):\n        return iter(self.a)\n    def __str__(self):\n        return 'V!'\n"
        '    def __eq__(self, o):\n        return self.a == o.a\n    def __contains__(self, x):\n        return x in self.a\n'
        '    def __bool__(self):\n        return True',
    ),
    'class attributes': ('Bot.count = 3; Bot.count += 1; post(Bot.count)', 4),
    'exceptions of its own': (
        "try:\n    raise Oops('x')\nexcept Oops as e:\n    post(e.args[0])",
        'x',
        'class Oops(Exception):\n    pass',
    ),
    'getattr, hasattr, setattr': (
        "setattr(self, 'k', 5); post([getattr(self, 'k'), getattr(self, 'z', 6), hasattr(self, 'z')])",
        [5, 6, False],
    ),
    'type of one argument': (
        'post([type(1) is int, type(self) is Bot, type(int) is type])',
        [True, True, True],
    ),
    'print with a file': (
        "s = io.StringIO(); print(1, 2, sep='-', file=s); post(s.getvalue())",
        '1-2\n',
        'import io',
    ),
    'print as a value': ('list(map(print, [1])); post(1)', 1),
    'while, break, continue, del, assert': (
        'n = 0\nwhile True:\n    n += 1\n    if n < 3:\n        continue\n    break\nd = {1: 2}\ndel d[1]\nassert not d\npost(n)',
        3,
    ),
    'sorting with a key': (
        "post(sorted(['b', 'A'], key=str.lower) + sorted([1, 2], reverse=True))",
        ['A', 'b', 2, 1],
    ),
    'future imports': ('post(1)', 1, 'from __future__ import annotations'),
    'a name called compile': ('compile = 3; post(compile)', 3),
}


class Language(unittest.TestCase):
    pass


def _row(name, body, expected, top=''):
    def test(self):
        self.assertEqual(answer(body, top), expected)

    test.__doc__ = name
    setattr(Language, 'test_' + name.replace(' ', '_'), test)


for _name, _case in WORKS.items():
    _row(_name, *_case)


class Shape(unittest.TestCase):
    def test_a_bot_without_init_finds_ctx_and_params(self):
        source = "class Bot:\n    def on_init(self):\n        self.ctx.post('bot', {'p': self.params})\n"
        self.assertEqual(run_source(source, params={'a': 1})['posts'][0]['body'], {'p': {'a': 1}})

    def test_a_hook_that_the_bot_lacks_does_nothing(self):
        reply = run_source('class Bot:\n    def on_init(self):\n        pass\n', 'on_join', 's1')
        self.assertEqual(reply, {'posts': [], 'output': ''})

    def test_helper_classes_are_not_taken_for_the_bot(self):
        source = 'class Deck:\n    pass\nclass Dealer:\n    def on_join(self, p):\n        pass\nclass Zed:\n    pass\n'
        self.assertEqual(load(source)['info']['class_name'], 'Dealer')

    def test_of_a_bot_and_its_extension_the_extension_runs(self):
        source = 'class Base:\n    def on_init(self):\n        pass\nclass Mine(Base):\n    pass\n'
        self.assertEqual(load(source)['info']['class_name'], 'Mine')

    def test_network_modules_are_noticed(self):
        for module, expected in [
            ('json', False),
            ('socket', True),
            ('urllib.parse', True),
            ('http.client', True),
            ('ssl', True),
        ]:
            with self.subTest(module):
                self.assertIs(
                    load(f'import {module}\nclass B:\n    pass\n')['info']['uses_network'], expected
                )


if __name__ == '__main__':
    unittest.main()

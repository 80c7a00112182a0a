"""One hook: what a bot sees, what its answer carries, how it fails, and the limits of both."""

import json
import unittest

from harness import NOW_MS, PLAYERS, answer, bot, load, run_source


class Seen(unittest.TestCase):
    def test_ctx_tells_of_the_call(self):
        told = answer(
            "c = self.ctx; post([c.players, c.env, c.state_version, c.workspace, c.now, self.params])",
            env={"K": "v"}, state_version=7, params={"min": 1},
        )  # fmt: skip
        self.assertEqual(told, [PLAYERS, {'K': 'v'}, 7, '/workspace', NOW_MS / 1000, {'min': 1}])

    def test_each_hook_gets_its_arguments(self):
        source = (
            'class Bot:\n    def __init__(self, ctx, params):\n        self.ctx = ctx\n'
            "    def on_join(self, player_id):\n        self.ctx.post('bot', {'v': player_id})\n"
            "    def on_message(self, msg):\n        self.ctx.post('bot', {'v': msg})\n"
            "    def on_private_message(self, slot_id, msg):\n        self.ctx.dm(slot_id, 'bot', {'v': msg})\n"
        )
        message = {'id': 3, 'sender': 's1', 'kind': 'user', 'body': {'text': 'hi'}}
        self.assertEqual(run_source(source, 'on_join', 's2')['posts'], [{'kind': 'bot', 'body': {'v': 's2'}}])
        self.assertEqual(run_source(source, 'on_message', message)['posts'][0]['body']['v'], message)
        self.assertEqual(
            run_source(source, 'on_private_message', 's1', {'text': 'x'})['posts'],
            [{'kind': 'bot', 'body': {'v': {'text': 'x'}}, 'to_slot': 's1'}],
        )

    def test_state_is_an_empty_dict_before_any_was_set(self):
        self.assertEqual(answer('post(self.ctx.get_state())'), {})

    def test_state_is_a_copy(self):
        body = "self.ctx.get_state()['a'].append(2); post(self.ctx.get_state())"
        self.assertEqual(answer(body, state={'a': [1]}), {'a': [1]})

    def test_state_that_was_set_is_read_again_in_the_same_hook(self):
        self.assertEqual(
            answer("s = {'a': 1}; self.ctx.set_state(s); s['a'] = 2; post(self.ctx.get_state())"), {'a': 1}
        )

    def test_nothing_of_one_hook_is_left_for_the_next(self):
        source = (
            bot("Bot.n += 1; seen.append(1); self.ctx.post('bot', {'n': [Bot.n, len(seen)]})", 'seen = []')
            + '    n = 0\n'
        )
        code = load(source)['code']
        from harness import call

        for _ in range(2):
            self.assertEqual(call(code, 'on_init')['posts'][0]['body'], {'n': [1, 1]})


class Answered(unittest.TestCase):
    def test_posts_keep_their_order_and_text_becomes_a_body(self):
        reply = run_source(
            bot("self.ctx.post('bot', 'a'); self.ctx.dm('s1', 'bot', 'b'); self.ctx.post('x', {'c': 1})")
        )
        self.assertEqual(
            reply['posts'],
            [
                {'kind': 'bot', 'body': {'text': 'a'}},
                {'kind': 'bot', 'body': {'text': 'b'}, 'to_slot': 's1'},
                {'kind': 'x', 'body': {'c': 1}},
            ],
        )
        self.assertNotIn('state', reply)

    def test_a_body_is_taken_as_it_is_when_it_is_posted(self):
        self.assertEqual(answer("d = {'a': 1}; post(d); d['a'] = 2"), {'a': 1})

    def test_state_may_be_any_json(self):
        for state in ({'a': [1, None, True, 'x', 1.5]}, [], 'text', 0, None):
            with self.subTest(repr(state)):
                self.assertEqual(run_source(bot(f'self.ctx.set_state({state!r})'))['state'], state)

    def test_subclasses_of_json_types_become_plain(self):
        top = "import collections\nfrom http import HTTPStatus\nP = collections.namedtuple('P', 'x y')\nclass S(str):\n    pass"
        told = answer("post([P(1, 2), collections.Counter('aa'), S('s'), HTTPStatus.OK])", top)
        self.assertEqual(told, [[1, 2], {'a': 2}, 's', 200])

    def test_what_is_printed_comes_along_bounded(self):
        reply = run_source(bot("print('a', 1)\nimport sys\nsys.stdout.write('b')\nprint('é' * 10000)"))
        self.assertTrue(reply['output'].startswith('a 1\nb'))
        self.assertLessEqual(len(reply['output'].encode()), 8192)
        self.assertGreater(len(reply['output'].encode()), 8000)

    def test_half_a_surrogate_pair_can_be_printed(self):
        self.assertEqual(run_source(bot("print('\\ud800')"))['output'], '\\ud800\n')


REFUSED = {
    'NaN': ("self.ctx.post('bot', {'x': float('nan')})", 'NaN'),
    'infinity in the state': ("self.ctx.set_state({'x': float('inf')})", 'NaN and infinities'),
    'half of a surrogate pair': ("self.ctx.post('bot', {'x': '\\ud800'})", 'surrogate'),
    'half of a surrogate pair in a key': ("self.ctx.post('bot', {'\\ud800': 1})", 'surrogate'),
    'a key that is no string': ("self.ctx.post('bot', {1: 'a'})", 'key must be a string'),
    'an integer that JSON readers round': ("self.ctx.post('bot', {'x': 2**53})", '2^53-1'),
    'a float that JSON readers round': ('self.ctx.set_state(1e16)', '2^53-1'),
    'a set': ("self.ctx.post('bot', {'x': {1}})", 'a set is not JSON'),
    'bytes': ("self.ctx.set_state(b'x')", 'a bytes is not JSON'),
    'an object': ('self.ctx.set_state(self)', 'a Bot is not JSON'),
    'a list that holds itself': ('a = []; a.append(a); self.ctx.set_state(a)', 'nested too deeply'),
    'a state of 64 levels': (
        'v = 1\nfor i in range(64):\n    v = [v]\nself.ctx.set_state(v)',
        'nested too deeply',
    ),
    'a body of 62 levels': (
        "v = 1\nfor i in range(61):\n    v = [v]\nself.ctx.post('bot', {'v': v})",
        'nested too deeply',
    ),
    'a body that is a list': ("self.ctx.post('bot', [1])", 'body is text or a dict, not list'),
    'no body': ("self.ctx.post('bot', None)", 'body is text or a dict'),
    'no kind': ("self.ctx.post('', 'x')", 'kind is a string'),
    'a kind that is no string': ("self.ctx.post(5, 'x')", 'kind is a string'),
    'a message to nobody': ("self.ctx.dm(None, 'bot', 'x')", 'slot id'),
    '101 posts': ("for i in range(101):\n    self.ctx.post('bot', 'x')", 'at most 100'),
    'a body over 64 KiB': ("self.ctx.post('bot', 'x' * 65536)", '65536 bytes'),
    'posts over 1 MiB': ("for i in range(20):\n    self.ctx.post('bot', 'x' * 60000)", '1048576 bytes'),
    'a state over 1 MiB': ("self.ctx.set_state('x' * 1048575)", '1048576 bytes'),
}
ACCEPTED = {
    '100 posts': "for i in range(100):\n    self.ctx.post('bot', 'x')",
    'a body of 64 KiB': "self.ctx.post('bot', 'x' * (65536 - 11))",
    'a state of 1 MiB': "self.ctx.set_state('x' * 1048574)",
    'a state of 63 levels': 'v = 1\nfor i in range(63):\n    v = [v]\nself.ctx.set_state(v)',
    'a body of 61 levels': "v = 1\nfor i in range(60):\n    v = [v]\nself.ctx.post('bot', {'v': v})",
    '2^53-1': 'self.ctx.set_state(2**53 - 1)',
}


class Limits(unittest.TestCase):
    pass


def _refused(name, body, says):
    def test(self):
        reply = run_source(bot(body))
        self.assertEqual(set(reply), {'failed', 'output'}, 'posts of a failed hook must not come along')
        self.assertIn(says, reply['failed']['trace'])
        self.assertGreaterEqual(reply['failed']['line'], 6)

    setattr(Limits, 'test_refused_' + name.replace(' ', '_'), test)


def _accepted(name, body):
    def test(self):
        self.assertNotIn('failed', run_source(bot(body)))

    setattr(Limits, 'test_accepted_' + name.replace(' ', '_'), test)


for _name, _case in REFUSED.items():
    _refused(_name, *_case)
for _name, _body in ACCEPTED.items():
    _accepted(_name, _body)


class Failed(unittest.TestCase):
    def failure(self, body, top=''):
        return run_source(bot(body, top))['failed']

    def test_the_line_and_the_trace_are_the_bot_s(self):
        failed = self.failure('helper(0)', 'def helper(n):\n    return 1 / n\n')
        self.assertEqual(failed['line'], 2)
        self.assertEqual(
            failed['trace'],
            'Traceback of the bot (most recent call last):\n  line 8, in on_init\n    helper(0)\n'
            '  line 2, in helper\n    return 1 / n\nZeroDivisionError: division by zero\n',
        )

    def test_the_trace_shows_nothing_of_what_runs_the_bot(self):
        trace = self.failure("sorted([1], key=lambda x: json.loads('{'))", 'import json')['trace']
        self.assertNotIn('/', trace)
        self.assertIn('JSONDecodeError', trace)

    def test_everything_that_can_be_raised_is_told(self):
        for raised in (
            'SystemExit(3)',
            'KeyboardInterrupt()',
            'GeneratorExit()',
            'StopIteration()',
            "BaseException('x')",
        ):
            with self.subTest(raised):
                self.assertIn(raised.partition('(')[0], self.failure(f'raise {raised}')['trace'])

    def test_endless_recursion_is_told_in_short(self):
        failed = self.failure('f()', 'def f():\n    return f()\n')
        self.assertIn('more calls', failed['trace'])
        self.assertIn('RecursionError', failed['trace'])

    def test_a_trace_is_bounded_and_keeps_the_error(self):
        failed = self.failure("raise ValueError('é' * 100000)")
        self.assertLessEqual(len(failed['trace'].encode()), 4096)
        self.assertIn('ValueError: éé', failed['trace'])

    def test_an_error_that_cannot_be_shown(self):
        top = "class E(Exception):\n    def __str__(self):\n        raise ValueError('again')\n"
        self.assertIn('cannot be shown', self.failure('raise E()', top)['trace'])

    def test_an_error_with_half_of_a_surrogate_pair_is_valid_json(self):
        self.assertIn('\\ud800', self.failure("raise ValueError('\\ud800')")['trace'])

    def test_an_error_s_own_fields_are_not_believed(self):
        body = "e = SyntaxError('x'); e.filename = '<bot>'; e.lineno = [1]\nraise e"
        self.assertEqual(self.failure(body)['line'], 7)

    def test_an_error_whose_text_exits(self):
        top = 'class E(Exception):\n    def __str__(self):\n        raise SystemExit(0)\n'
        self.assertIn('cannot be shown', self.failure('raise E()', top)['trace'])

    def test_text_that_lies_about_itself_is_bounded_all_the_same(self):
        top = (
            'class S(str):\n    def __len__(self):\n        return 1\n    def __getitem__(self, i):\n        return self\n'
            '    def encode(self, *rest):\n        return 5\n'
        )
        self.assertIn('kind is a string', self.failure("self.ctx.post(S('x' * 100), 'x')", top)['trace'])
        reply = run_source(bot("import sys\nsys.stdout.write(S('y' * 10000))\nprint(S('z'))", top))
        self.assertEqual(reply['output'], 'y' * 8192)

    def test_what_was_printed_before_comes_along(self):
        self.assertEqual(run_source(bot("print('before'); 1 / 0"))['output'], 'before\n')

    def test_a_constructor_that_does_not_take_ctx_and_params(self):
        reply = run_source(
            'class Bot:\n    def __init__(self):\n        pass\n    def on_init(self):\n        pass\n'
        )
        self.assertIn('TypeError', reply['failed']['trace'])

    def test_memory_that_cannot_be_had_ends_the_process(self):
        self.assertIsNone(run_source(bot("x = 'a' * 10**15")))

    def test_a_hook_that_catches_an_error_goes_on(self):
        self.assertEqual(
            answer("try:\n    self.ctx.post('bot', [1])\nexcept TypeError:\n    post('caught')"), 'caught'
        )

    def test_traceback_format_exc_shows_the_bot_only(self):
        told = answer(
            "try:\n    json.loads('{')\nexcept ValueError:\n    post(traceback.format_exc())",
            'import json, traceback',
        )
        self.assertIn("json.loads('{')", told)
        self.assertNotIn('/', told)


class Encoding(unittest.TestCase):
    def test_answers_are_utf_8_json_without_escapes(self):
        from harness import in_fork, request
        from hook import run

        code = bytes.fromhex(load(bot("self.ctx.post('bot', 'é🎲')"))['code'])
        raw = bytes.fromhex(in_fork(lambda: run(code, request('on_init')).hex()))
        self.assertIn('é🎲'.encode(), raw)
        self.assertEqual(json.loads(raw)['posts'][0]['body'], {'text': 'é🎲'})


if __name__ == '__main__':
    unittest.main()

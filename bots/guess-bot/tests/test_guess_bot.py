import hashlib
import json
import re
import unittest
from pathlib import Path

from channel import Channel
from harness import call, load

FOLDER = Path(__file__).parents[1]
COMMIT_BEFORE_START = ['prompt', 'bot:commit', 'bot:state']


def types(posts):
    return [post.get('type') for post in posts]


def find(posts, kind):
    return next(post for post in posts if post.get('type') == kind)


class Game(unittest.TestCase):
    def setUp(self):
        self.channel = Channel(FOLDER)
        self.first = self.channel.hook('on_init')

    def start(self):
        return self.channel.join('s1') + self.channel.join('s2')

    @property
    def target(self):
        return self.channel.state['target']


class Beginning(Game):
    def test_it_posts_prompt_commitment_and_state(self):
        self.assertEqual(types(self.first), COMMIT_BEFORE_START)
        self.assertEqual(find(self.first, 'prompt')['range'], [1, 100])
        self.assertEqual(find(self.first, 'prompt')['mode'], 'number')
        self.assertEqual([post['kind'] for post in self.first], ['bot', 'control', 'control'])

    def test_the_commitment_is_the_hash_of_number_and_nonce_and_says_so(self):
        commit = find(self.first, 'bot:commit')
        text = f'{self.target}:{self.channel.state["nonce"]}'
        self.assertEqual(commit['commit'], hashlib.sha256(text.encode()).hexdigest())
        self.assertIn('SHA-256', commit['message'])

    def test_no_post_before_the_end_tells_number_or_nonce(self):
        self.start()
        self.channel.say('s1', str(self.target - 1 or 2))
        self.channel.whisper('s1', '!status')
        for post in self.channel.posts:
            self.assertNotIn('target', post)
            self.assertNotIn(self.channel.state['nonce'], json.dumps(post))

    def test_the_nonce_has_128_bits(self):
        self.assertRegex(self.channel.state['nonce'], r'^[0-9a-f]{32}$')

    def test_another_seed_draws_another_game(self):
        other = Channel(FOLDER, seed='01' * 32)
        other.hook('on_init')
        self.assertNotEqual(other.state['nonce'], self.channel.state['nonce'])

    def test_a_guess_before_two_players_joined_is_too_early(self):
        self.channel.join('s1')
        posts = self.channel.say('s1', 'guess 5')
        self.assertEqual((types(posts), posts[0]['reason']), (['violation'], 'GAME_NOT_STARTED'))

    def test_it_starts_with_the_second_player(self):
        self.assertEqual(types(self.channel.join('s1')), ['player_joined', 'bot:state'])
        posts = self.channel.join('s2')
        self.assertEqual(types(posts), ['player_joined', 'game_start', 'bot:turn', 'bot:state'])
        self.assertEqual(find(posts, 'player_joined')['player_count'], 2)
        self.assertEqual(find(posts, 'game_start')['turn_order'], ['s1', 's2'])
        self.assertEqual(
            (find(posts, 'bot:turn')['player'], find(posts, 'bot:turn')['turn_number']), ('s1', 1)
        )
        self.assertEqual(
            find(posts, 'bot:state')['public_state'],
            {
                'mode': 'number',
                'range': [1, 100],
                'players': ['s1', 's2'],
                'game_started': True,
                'game_ended': False,
                'current_turn': 's1',
                'guess_count': 0,
            },
        )

    def test_a_player_who_joins_again_is_greeted_and_counted_once(self):
        self.channel.join('s1')
        again = self.channel.join('s1')
        self.assertEqual((types(again), again[0]['to_slot']), (['note'], 's1'))
        self.assertEqual(self.channel.state['players'], ['s1'])

    def test_who_comes_late_may_watch(self):
        self.start()
        posts = self.channel.join('s3')
        self.assertEqual(posts[0]['to_slot'], 's3')
        self.assertIn('watch', posts[0]['text'])
        self.assertEqual(self.channel.state['players'], ['s1', 's2'])


class Playing(Game):
    def setUp(self):
        super().setUp()
        self.start()

    def test_high_and_low_carry_hints_and_pass_the_turn(self):
        for player, guess, result, word in (
            ('s1', self.target + 1, 'high', 'lower'),
            ('s2', self.target - 1, 'low', 'higher'),
        ):
            posts = self.channel.say(player, f'guess {guess}')
            self.assertEqual(types(posts), ['judge', 'bot:turn', 'bot:state'])
            judged = posts[0]
            self.assertEqual((judged['result'], judged['player'], judged['guess']), (result, player, guess))
            self.assertIn(word, judged['hint'])
        self.assertEqual((judged['guess_count'], posts[1]['player'], posts[1]['turn_number']), (2, 's1', 3))

    def test_every_form_of_a_guess(self):
        wrong = self.target % 100 + 1
        for body in (
            f"guess {wrong}", f"Guess: {wrong}", f"!guess {wrong}", f"  {wrong} ", {"guess": wrong}, {"guess": str(wrong)},
            {"guess": float(wrong)}, {"type": "move", "value": wrong}, {"type": "guess", "number": wrong}, {"text": f"GUESS {wrong}"},
        ):  # fmt: skip
            with self.subTest(body):
                player = self.channel.posts[-1]['public_state']['current_turn']
                self.assertEqual(self.channel.say(player, body)[0]['guess'], wrong)

    def test_an_object_that_came_as_text_is_the_object(self):
        wrong = self.target % 100 + 1
        self.assertEqual(self.channel.say('s1', json.dumps({'guess': wrong}))[0]['guess'], wrong)
        self.assertEqual(types(self.channel.say('s2', '{"guess": "x"}')), ['violation'])
        for talk in ('{', '{"guess": 4', '{"a": ' * 5000, '{"colour": "red"}', '[5]'):
            self.assertEqual(self.channel.say('s2', talk), [])

    def test_bad_moves_keep_the_turn(self):
        for body in (
            "guess", "guess x", "guess 0", "guess 101", "guess -5", "guess 1.5", "guess 1 2", "guess ٣", "guess 99999999999999",
            {"guess": None}, {"guess": True}, {"guess": [1]}, {"guess": 1.5}, {"guess": {"a": 1}}, {"type": "move"},
        ):  # fmt: skip
            with self.subTest(body):
                posts = self.channel.say('s1', body)
                self.assertEqual((types(posts), posts[0]['reason']), (['violation'], 'BAD_MOVE'))
        self.assertEqual(self.channel.state['guesses'], 0)

    def test_talk_is_no_move(self):
        for body in (
            'hello',
            'I guess so',
            '',
            {'text': None},
            {'text': 5},
            {},
            {'type': 'chat'},
            'guesswork',
        ):
            with self.subTest(body):
                self.assertEqual(self.channel.say('s1', body), [])

    def test_bots_and_control_entries_are_no_moves(self):
        self.assertEqual(self.channel.say('s1', 'guess 5', kind='control'), [])

    def test_out_of_turn(self):
        for player in ('s2', 's3'):
            posts = self.channel.say(player, 'guess 5')
            self.assertEqual(
                (posts[0]['type'], posts[0]['reason'], posts[0]['player']), ('violation', 'BAD_TURN', player)
            )

    def test_private_questions_are_answered_in_private(self):
        for text, kind, says in (
            ('!status', 'status', 'turn of s1'),
            ('!help', 'help', 'concede'),
            ('guess 5', 'note', 'not in private'),
        ):
            with self.subTest(text):
                posts = self.channel.whisper('s2', text)
                self.assertEqual((len(posts), posts[0]['to_slot'], posts[0]['type']), (1, 's2', kind))
                self.assertIn(says, posts[0]['text'])

    def test_a_hook_that_runs_twice_answers_the_same(self):
        args = ('on_message', {'kind': 'user', 'sender': 's1', 'body': {'guess': 50}})
        code, state = self.channel.loaded['code'], self.channel.state
        self.assertEqual(call(code, *args, state=state), call(code, *args, state=state))


class Ending(Game):
    def setUp(self):
        super().setUp()
        self.start()

    def test_the_right_guess_reveals_and_ends(self):
        posts = self.channel.say('s1', {'guess': self.target})
        self.assertEqual(types(posts), ['judge', 'bot:reveal', 'game_end', 'bot:state', 'end'])
        self.assertEqual(posts[0]['result'], 'correct')
        self.assertEqual(
            {
                key: find(posts, 'game_end')[key]
                for key in ('winner', 'reason', 'target', 'total_guesses', 'players')
            },
            {
                'winner': 's1',
                'reason': 'correct_guess',
                'target': self.target,
                'total_guesses': 1,
                'players': ['s1', 's2'],
            },
        )
        self.assertEqual(posts[-1], {'kind': 'system', 'type': 'end'})
        self.assertTrue(find(posts, 'bot:state')['public_state']['game_ended'])

    def test_the_reveal_fits_the_commitment_by_the_words_that_it_gives(self):
        reveal = find(self.channel.say('s1', {'guess': self.target}), 'bot:reveal')
        self.assertIs(reveal['verified'], True)
        self.assertEqual(reveal['commit'], find(self.first, 'bot:commit')['commit'])
        printed = re.search(r"printf '%s' '([^']*)' \| sha256sum", reveal['how_to_verify']).group(1)
        self.assertEqual(printed, f'{reveal["target"]}:{reveal["nonce"]}')
        self.assertEqual(hashlib.sha256(printed.encode()).hexdigest(), reveal['commit'])

    def test_conceding_gives_the_game_to_the_other_at_any_turn(self):
        for body in ('concede', 'I concede', {'type': 'concede'}, {'action': 'concede'}):
            with self.subTest(body):
                self.setUp()
                posts = self.channel.say('s2', body)
                self.assertEqual(types(posts), ['concede', 'bot:reveal', 'game_end', 'bot:state', 'end'])
                self.assertEqual(
                    (find(posts, 'game_end')['winner'], find(posts, 'game_end')['reason']), ('s1', 'concede')
                )

    def test_who_only_watches_cannot_concede(self):
        self.assertEqual(self.channel.say('s3', 'concede')[0]['reason'], 'BAD_TURN')

    def test_after_the_end_moves_are_refused_and_talk_is_not(self):
        self.channel.say('s1', 'concede')
        for body in ('guess 5', 'concede'):
            posts = self.channel.say('s2', body)
            self.assertEqual(
                (posts[0]['reason'], posts[0]['details']), ('GAME_NOT_STARTED', 'The game is over.')
            )
        self.assertEqual(self.channel.say('s2', 'good game'), [])
        self.assertIn('over', self.channel.whisper('s1', '!status')[0]['text'])


class Parameters(unittest.TestCase):
    def test_the_range_is_a_parameter(self):
        channel = Channel(FOLDER, {'min': -3, 'max': 3})
        self.assertEqual(channel.hook('on_init')[0]['range'], [-3, 3])
        self.assertIn(channel.state['target'], range(-3, 4))

    def test_a_range_that_makes_no_game_is_refused(self):
        for params in (
            {"min": 5, "max": 5}, {"min": 9, "max": 1}, {"max": "100"}, {"min": None}, {"max": 1.5}, {"min": True},
            {"max": 10**9 + 1}, {"min": 200},
        ):  # fmt: skip
            with self.subTest(params), self.assertRaisesRegex(AssertionError, 'ValueError: parameter'):
                Channel(FOLDER, params).hook('on_init')

    def test_each_number_of_the_range_is_drawn(self):
        drawn = set()
        for seed in range(60):
            channel = Channel(FOLDER, {'min': 1, 'max': 4}, seed=f'{seed:064x}')
            channel.hook('on_init')
            drawn.add(channel.state['target'])
        self.assertEqual(drawn, {1, 2, 3, 4})


class Manifest(unittest.TestCase):
    def test_it_tells_what_the_code_has(self):
        for folder in FOLDER.parent.iterdir():
            if (folder / 'manifest.json').exists():
                with self.subTest(folder.name):
                    channel = Channel(folder)
                    info, manifest = channel.loaded['info'], channel.manifest
                    self.assertEqual(info['class_name'], manifest['class_name'])
                    self.assertEqual(info['uses_network'], manifest['network'] != 'off')
                    hooks = set(re.findall(r'def (on_\w+)\(', channel.source))
                    self.assertEqual(hooks, set(channel.manifest['hooks']))
                    defaults = {name: spec['default'] for name, spec in channel.manifest['params'].items()}
                    self.assertNotIn('failed', call(load(channel.source)['code'], 'on_init', params=defaults))


if __name__ == '__main__':
    unittest.main()

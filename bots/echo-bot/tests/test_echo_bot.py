import unittest
from pathlib import Path

from channel import Channel


class EchoBot(unittest.TestCase):
    def setUp(self):
        self.channel = Channel(Path(__file__).parents[1])

    def test_it_says_that_it_is_ready(self):
        self.assertEqual(self.channel.hook('on_init'), [{'kind': 'system', 'text': 'Echo ready'}])

    def test_it_repeats_a_body_as_it_is(self):
        for body in ({'text': 'hi'}, {'a': [1, None]}, {}):
            with self.subTest(body):
                self.assertEqual(self.channel.say('s1', body), [{'kind': 'bot', 'echo': body}])

    def test_a_body_too_large_or_too_deep_to_wrap_does_not_make_it_fail(self):
        deep = 1
        for _ in range(60):
            deep = [deep]
        for body in ({'text': 'x' * 65520}, {'v': deep}):
            self.assertIn('too large', self.channel.say('s1', body)[0]['text'])

    def test_it_repeats_members_only(self):
        self.assertEqual(self.channel.say('s1', 'hi', kind='bot'), [])


if __name__ == '__main__':
    unittest.main()

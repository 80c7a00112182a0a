import hashlib
import os
import ssl
import unittest
from pathlib import Path
from unittest import mock

from channel import Channel, site_certificate
from fake_runner import SITE, https

FOLDER = Path(__file__).parents[1]
HOSTS = {
    ('site.test', 443): https,
    ('other.test', 443): https,
    ('plain.test', 443): lambda stream: stream.sendall(b'220 mail.test ESMTP\r\n'),
    ('denied.test', 443): ('denied_address', 'IGNORE ALL'),
    ('nowhere.test', 443): ('not_resolved', 'IGNORE ALL'),
    ('down.test', 443): ('not_connected', 'IGNORE ALL'),
}


class CertBotTest(unittest.TestCase):
    def setUp(self):
        self.channel = Channel(FOLDER, hosts=HOSTS)
        self.addCleanup(self.channel.runner.close)

    def say(self, text):
        [post] = self.channel.say('s1', text)
        return post


class Reporting(CertBotTest):
    def test_it_says_how_to_ask(self):
        [post] = self.channel.hook('on_init')
        self.assertEqual((post['kind'], post['type']), ('system', 'ready'))

    def test_a_chain_that_nobody_vouches_for_is_shown_as_such(self):
        post = self.say('cert site.test')
        der = ssl.PEM_cert_to_DER_cert(site_certificate())
        self.assertEqual(
            post.pop('chain'),
            [
                {
                    'subject': 'O=Test, CN=site.test',
                    'issuer': 'O=Test, CN=site.test',
                    'not_before': '2026-11-21T05:15:34Z',
                    'not_after': '2126-10-28T05:15:34Z',
                    'sha256': hashlib.sha256(der).hexdigest(),
                }
            ],
        )
        self.assertIn('NOT verified', post.pop('text'))
        self.assertIn('self', post.pop('problem'))
        self.assertEqual(
            post,
            {
                'kind': 'bot',
                'type': 'certificate',
                'host': 'site.test',
                'port': 443,
                'at': '2026-09-21T14:13:20.123+00:00',
                'tls': 'TLSv1.3',
                'verified': False,
                'trusted': False,
                'name_matches': None,
            },
        )

    def test_a_name_in_capitals_and_a_port_are_taken(self):
        self.assertEqual(self.say(' !CERT Site.Test:443 ')['host'], 'site.test')

    def test_the_name_is_asked_for_and_no_other(self):
        self.say('cert other.test')
        self.assertEqual(set(self.channel.runner.questions), {('other.test', 443)})

    def test_trouble_is_told_in_its_own_words(self):
        expected = {
            'plain.test': 'no TLS',
            'denied.test': 'does not allow',
            'nowhere.test': 'not known',
            'down.test': 'could not be reached',
        }
        for host, sentence in expected.items():
            with self.subTest(host):
                post = self.say(f'cert {host}')
                self.assertEqual(post['type'], 'certificate_error')
                self.assertIn(sentence, post['text'])
                self.assertNotIn('IGNORE', str(post))


class Refusing(CertBotTest):
    def test_odd_questions_are_answered_with_how_to_ask(self):
        for where in (
            'https://site.test/',
            'site.test/path',
            'site.test:0',
            'site.test:65536',
            'site.test:443:443',
            'site.test :443',
            'localhost',
            '127.0.0.1',
            '2130706433',
            '[::1]:443',
            'a..b',
            '-a.test',
            'a_b.test',
            'user@site.test',
            'site.test\nother.test',
            'bücher.test',
            f'{"a" * 64}.test',
            '.'.join(['a' * 60] * 5),
            'me if you can',
        ):
            with self.subTest(where):
                self.assertEqual(self.say(f'cert {where}')['type'], 'usage')
        self.assertEqual(self.channel.runner.questions, [])

    def test_other_talk_is_left_alone(self):
        for body in ('certainly', 'hello', 'cert', {'n': 1}, {'text': None}):
            self.assertEqual(self.channel.say('s1', body), [])
        self.assertEqual(self.channel.say('s1', 'cert site.test', kind='bot'), [])


class Verifying(unittest.TestCase):
    """What it says of a chain that verifies, with a root that this machine's list does not have."""

    def test_a_trusted_chain_for_the_name_and_for_another(self):
        for host, expected in {
            'site.test': (True, True, True),
            'other.test': (False, True, False),
        }.items():
            with self.subTest(host):
                channel = Channel(FOLDER, hosts=HOSTS)
                self.addCleanup(channel.runner.close)
                with mock.patch.dict(os.environ, {'SSL_CERT_FILE': str(SITE)}):
                    [post] = channel.say('s1', f'cert {host}')
                self.assertEqual((post['verified'], post['trusted'], post['name_matches']), expected)
                self.assertEqual('problem' in post, not post['verified'])


if __name__ == '__main__':
    unittest.main()

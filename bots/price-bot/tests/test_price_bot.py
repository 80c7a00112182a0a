import hashlib
import time
import unittest
from pathlib import Path

from channel import Channel, site_certificate
from fake_runner import http, https

FOLDER = Path(__file__).parents[1]
ANSWER = b'{"data": {"amount": "114609.375", "base": "BTC"}}'
PLAIN = {'url': 'http://site.test/{symbol}'}


def serving(page):
    return {('site.test', 80): lambda stream: http(stream, page)}


class NetworkBot(unittest.TestCase):
    def open(self, params=None, hosts=None):
        channel = Channel(FOLDER, params, hosts=hosts or {})
        self.addCleanup(channel.runner.close)
        return channel

    def ask(self, page, **params):
        [post] = self.open({**PLAIN, **params}, serving(page)).say('s1', 'price?')
        return post


class Fetching(NetworkBot):
    def test_it_says_what_it_is_ready_for(self):
        [post] = self.open().hook('on_init')
        self.assertEqual((post['kind'], post['type']), ('system', 'ready'))
        self.assertIn('https://api.coinbase.com/v2/prices/BTC-USD/spot', post['text'])

    def test_it_tells_price_source_time_and_hash(self):
        self.assertEqual(
            self.ask(ANSWER),
            {
                'kind': 'bot',
                'type': 'price',
                'text': 'BTC-USD: 114609.375',
                'symbol': 'BTC-USD',
                'price': '114609.375',
                'url': 'http://site.test/BTC-USD',
                'at': '2026-09-21T14:13:20.123+00:00',
                'sha256': hashlib.sha256(ANSWER).hexdigest(),
                'bytes': len(ANSWER),
            },
        )

    def test_by_its_defaults_it_asks_one_host(self):
        channel = self.open()
        [post] = channel.say('s1', 'Price!')
        self.assertEqual(channel.runner.questions, [('api.coinbase.com', 443)])
        self.assertEqual(channel.manifest['network'], ['api.coinbase.com'])
        self.assertEqual(post['type'], 'price_error')

    def test_over_https_it_takes_a_root_of_its_own(self):
        params = {'url': 'https://site.test/', 'path': 'price', 'ca_pem': site_certificate()}
        [post] = self.open(params, {('site.test', 443): https}).say('s1', 'price')
        self.assertEqual((post['type'], post['price']), ('price', '42'))

    def test_it_leaves_other_talk_alone(self):
        channel = self.open(PLAIN, serving(ANSWER))
        for body in ('hello', {'n': 1}, {'text': 7}):
            self.assertEqual(channel.say('s1', body), [])
        self.assertEqual(channel.say('s1', 'price', kind='bot'), [])
        self.assertEqual(channel.runner.questions, [])

    def test_within_the_interval_it_repeats_its_answer(self):
        channel = self.open({**PLAIN, 'min_interval_s': 10}, serving(ANSWER))
        [first] = channel.say('s1', 'price')
        channel.now_ms += 9_000
        self.assertEqual(channel.say('s2', 'price'), [{**first, 'repeated': True}])
        channel.now_ms += 2_000
        [third] = channel.say('s2', 'price')
        self.assertNotIn('repeated', third)
        self.assertEqual(len(channel.runner.questions), 2)


class Reading(NetworkBot):
    def test_a_number_is_told_digit_for_digit(self):
        for text in ('0.10', '1e-7', '123456789012345678901234567890', '-3', '"5.50"'):
            with self.subTest(text):
                post = self.ask(b'{"data": {"amount": %s}}' % text.encode())
                self.assertEqual(post.get('price'), text.strip('"'))

    def test_a_path_leads_through_lists(self):
        self.assertEqual(self.ask(b'{"a": [{"p": 1}, {"p": 2}]}', path='a.1.p')['price'], '2')

    def test_what_is_no_price_is_a_polite_error(self):
        pages = {
            'no JSON': b'<html>',
            'another shape': b'{"data": []}',
            'nothing there': b'{"data": {}}',
            'an object': b'{"data": {"amount": {}}}',
            'a sentence': b'{"data": {"amount": "IGNORE ALL"}}',
            'not a number': b'{"data": {"amount": NaN}}',
            'too many digits': b'{"data": {"amount": %s}}' % (b'1' * 41),
            'bytes that are no text': b'\xff\xfe\xff',
            'depth': b'[' * 60_000,
            'too much': b' ' * 70_000,
        }
        for name, page in pages.items():
            with self.subTest(name):
                post = self.ask(page)
                self.assertEqual((post['kind'], post['type']), ('bot', 'price_error'))
                self.assertIn('could not be had', post['text'])
                self.assertNotIn('IGNORE', str(post))


class Trouble(NetworkBot):
    def test_each_has_its_sentence(self):
        expected = {
            'status 404': lambda stream: answer(stream, b'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'),
            'does not allow': ('denied_host', 'IGNORE'),
            'could not be reached': ('not_resolved', 'IGNORE'),
            'be reached': ('not_connected', 'IGNORE'),
            'reached': lambda stream: answer(stream, b'nonsense\r\n\r\n'),
        }
        for sentence, host in expected.items():
            with self.subTest(sentence):
                [post] = self.open(PLAIN, {('site.test', 80): host}).say('s1', 'price')
                self.assertEqual(post['type'], 'price_error')
                self.assertIn(sentence, post['text'])
                self.assertNotIn('IGNORE', str(post))

    def test_a_certificate_that_nobody_vouches_for(self):
        channel = self.open({'url': 'https://site.test/'}, {('site.test', 443): https})
        [post] = channel.say('s1', 'price')
        self.assertIn('certificate', post['text'])

    def test_a_source_that_sends_byte_by_byte_is_given_up(self):
        [post] = self.open(PLAIN, {('site.test', 80): dripping}).say('s1', 'price')
        self.assertIn('too long', post['text'])

    def test_without_a_network_it_says_so_too(self):
        [post] = Channel(FOLDER, PLAIN).say('s1', 'price')
        self.assertEqual(post['type'], 'price_error')


class Parameters(NetworkBot):
    def test_wrong_ones_are_errors(self):
        for params in ({'url': 'ftp://site.test/'}, {'url': 7}, {'symbol': 'x' * 41}, {'path': None}):
            with self.subTest(params), self.assertRaisesRegex(AssertionError, 'parameter'):
                self.open(params).hook('on_init')

    def test_a_symbol_stays_inside_its_place(self):
        [post] = self.open({**PLAIN, 'symbol': '../a?b#c'}).hook('on_init')
        self.assertEqual(post['url'], 'http://site.test/..%2Fa%3Fb%23c')


def answer(stream, data):
    stream.recv(4096)
    stream.sendall(data)


def dripping(stream):
    stream.recv(4096)
    stream.sendall(b'HTTP/1.1 200 OK\r\n\r\n')
    while True:
        time.sleep(0.2)
        stream.sendall(b' ')


if __name__ == '__main__':
    unittest.main()

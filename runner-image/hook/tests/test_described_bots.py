"""Bots in the form in which the description of the product shows them run as they stand."""

import unittest

from harness import load, run_source

ECHO = """
class EchoBot:
    def __init__(self, ctx, params):
        self.ctx = ctx

    def on_init(self):
        self.ctx.post('system', {'text': 'Echo ready'})

    def on_message(self, msg):
        if msg.get('kind') == 'user':
            self.ctx.post('bot', {'echo': msg.get('body')})
"""
PRICE = """
import requests
class BitcoinPriceBot:
    def __init__(self, ctx, params):
        self.ctx = ctx
    def on_init(self):
        self.ctx.post('system', {'text': '🤖 Bitcoin Price Bot ready! Type "price" to check BTC.'})
    def on_message(self, msg):
        if 'price' in msg.get('body', {}).get('text', '').lower():
            resp = requests.get('http://127.0.0.1:9/v2/prices/BTC-USD/spot')
            price = resp.json()['data']['amount']
            self.ctx.post('bot', {'text': f'💰 Current BTC: ${price} USD'})
"""
DICE = """
import random
import json
import requests

class BitcoinBot:
    def on_init(self):
        self.ctx.post("bot", {"type": "ready", "message": json.dumps({"ready": True})})

    def on_message(self, msg):
        roll = random.randint(1, 6)
        self.ctx.post("bot", {"roll": roll})
"""


def message(text):
    return {'id': 1, 'channel_id': 'chn_x', 'sender': 's1', 'kind': 'user', 'body': {'text': text}, 'ts': ''}


class Described(unittest.TestCase):
    def test_the_echo_bot(self):
        self.assertEqual(run_source(ECHO)['posts'], [{'kind': 'system', 'body': {'text': 'Echo ready'}}])
        self.assertEqual(
            run_source(ECHO, 'on_message', message('a'))['posts'][0]['body'], {'echo': {'text': 'a'}}
        )

    def test_the_dice_bot_which_has_no_init(self):
        self.assertEqual(run_source(DICE)['posts'][0]['body']['type'], 'ready')
        self.assertIn(run_source(DICE, 'on_message', message('a'))['posts'][0]['body']['roll'], range(1, 7))

    def test_the_price_bot_loads_as_a_network_bot_and_answers_what_needs_none(self):
        self.assertTrue(load(PRICE)['info']['uses_network'])
        self.assertIn('Price Bot ready', run_source(PRICE)['posts'][0]['body']['text'])
        self.assertEqual(run_source(PRICE, 'on_message', message('hello'))['posts'], [])

    def test_without_a_network_a_request_is_an_ordinary_error_of_the_bot_s_line(self):
        failed = run_source(PRICE, 'on_message', message('price'))['failed']
        self.assertEqual(failed['line'], 10)
        self.assertIn('ConnectionError', failed['trace'])

    def test_every_way_out_ends_in_an_error_that_a_bot_can_catch(self):
        for top, call in {
            'import socket': "socket.create_connection(('127.0.0.1', 9), 1)",
            'import urllib.request': "urllib.request.urlopen('http://127.0.0.1:9/')",
            'import http.client': "http.client.HTTPConnection('127.0.0.1', 9).request('GET', '/')",
            'import requests': "requests.get('http://127.0.0.1:9/')",
        }.items():
            with self.subTest(top):
                source = (
                    f'{top}\nclass B:\n    def on_init(self):\n        try:\n            {call}\n'
                    "        except OSError:\n            self.ctx.post('bot', 'no network')\n"
                )
                self.assertEqual(run_source(source)['posts'][0]['body'], {'text': 'no network'})


if __name__ == '__main__':
    unittest.main()

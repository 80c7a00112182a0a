"""Fetches a price when somebody asks for it, so that all members see one answer of one source.

Each answer comes with its address, the time it was asked for and the SHA-256 of what the source sent.
"""

import datetime
import hashlib
import http.client
import json
import re
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request

SOURCE = 'https://api.coinbase.com/v2/prices/{symbol}/spot'
MAX_BYTES = 64 * 1024
#: For each step of a connection; a hook has 5 s for all of them.
STEP_S = 1.5
#: After which no more is read.
READ_S = 3.0
NUMBER = re.compile(r'-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?')
MAX_DIGITS = 40


class NoPrice(Exception):
    """There is no price to tell; the message says why, in the bot's own words."""


class PriceBot:
    def __init__(self, ctx, params):
        self.ctx = ctx
        self.symbol = text_parameter(params, 'symbol', 'BTC-USD', 40)
        self.path = text_parameter(params, 'path', 'data.amount', 200)
        self.ca_pem = text_parameter(params, 'ca_pem', '', 8192)
        self.interval = params.get('min_interval_s', 5)
        template = text_parameter(params, 'url', SOURCE, 1000)
        self.url = template.replace('{symbol}', urllib.parse.quote(self.symbol, safe=''))
        if not self.url.startswith(('https://', 'http://')):
            raise ValueError('parameter url must start with https:// or http://')

    def on_init(self):
        self.ctx.post(
            'system',
            {
                'type': 'ready',
                'text': f'Price bot ready. Say "price" to fetch {self.symbol} from {self.url}',
                'symbol': self.symbol,
                'url': self.url,
            },
        )

    def on_message(self, msg):
        if msg.get('kind') != 'user' or 'price' not in text_of(msg.get('body')).lower():
            return
        last = self.ctx.get_state().get('last')
        if last and self.ctx.now - last['asked'] < self.interval:
            self.ctx.post('bot', {**last['body'], 'repeated': True})
            return
        body = self.answer()
        self.ctx.post('bot', body)
        self.ctx.set_state({'last': {'asked': self.ctx.now, 'body': body}})

    def answer(self):
        at = datetime.datetime.fromtimestamp(self.ctx.now, datetime.UTC).isoformat(timespec='milliseconds')
        known = {'symbol': self.symbol, 'at': at}
        try:
            url, data = fetch(self.url, self.ca_pem)
            price = price_in(data, self.path)
        except NoPrice as error:
            text = f'Sorry, the price of {self.symbol} could not be had: {error}.'
            return {'type': 'price_error', 'text': text, 'url': self.url, **known}
        return {
            'type': 'price',
            'text': f'{self.symbol}: {price}',
            'price': price,
            'url': url,
            'sha256': hashlib.sha256(data).hexdigest(),
            'bytes': len(data),
            **known,
        }


def fetch(url, ca_pem):
    """The address that answered in the end, and the bytes it sent."""
    context = ssl.create_default_context()
    if ca_pem:
        context.load_verify_locations(cadata=ca_pem)
    request = urllib.request.Request(url, headers={'Accept': 'application/json', 'User-Agent': 'PriceBot'})
    began = time.monotonic()
    try:
        with urllib.request.urlopen(request, timeout=STEP_S, context=context) as response:
            return response.geturl()[:1000], body_of(response, began)
    except urllib.error.HTTPError as error:
        raise NoPrice(f'the source answered with status {error.code}') from None
    except urllib.error.URLError as error:
        raise NoPrice(trouble(error.reason)) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NoPrice(trouble(error)) from None


def body_of(response, began):
    data = b''
    while part := response.read1(16384):
        data += part
        if len(data) > MAX_BYTES:
            raise NoPrice(f'the source sent more than {MAX_BYTES} bytes')
        if time.monotonic() - began > READ_S:
            raise NoPrice('the source took too long')
    return data


def trouble(error):
    """What went wrong, without a word of the other side's."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return 'the certificate of the source could not be verified'
    if isinstance(error, TimeoutError):
        return 'the source took too long'
    if isinstance(error, PermissionError):
        return "the bot's network does not allow the source"
    return 'the source could not be reached'


def price_in(data, path):
    """The number at a path such as data.amount or 0.price, digit for digit as the source wrote it."""
    try:
        value = json.loads(data, parse_int=str, parse_float=str)
        for name in path.split('.'):
            value = value[int(name)] if isinstance(value, list) else value[name]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise NoPrice('the answer of the source has no price where it should be') from None
    if not isinstance(value, str) or len(value) > MAX_DIGITS or not NUMBER.fullmatch(value):
        raise NoPrice('what the source gives as the price is no number')
    return value


def text_parameter(params, name, default, limit):
    value = params.get(name, default)
    if not isinstance(value, str) or len(value) > limit:
        raise ValueError(f'parameter {name} must be a text of at most {limit} characters')
    return value


def text_of(body):
    text = body.get('text') if isinstance(body, dict) else None
    return text if isinstance(text, str) else ''

"""A channel around one bot, for tests: keeps state and players, and gathers what the bot posts."""

import json
import sys
from pathlib import Path

from harness import NOW_MS, SEED, call, load

sys.path.append(str(Path(__file__).parents[3] / 'runner-image/net/tests'))

from fake_runner import SITE, FakeRunner  # noqa: E402


class Channel:
    """Loads the bot of a folder in bots/ and calls its hooks as the server would."""

    def __init__(self, folder: Path, params=None, seed=SEED, hosts=None):
        self.manifest = json.loads((folder / 'manifest.json').read_text())
        self.source = (folder / self.manifest['file']).read_text()
        self.loaded = load(self.source)
        self.params = params or {}
        self.seed = seed
        self.state = None
        self.version = 0
        self.posts = []
        self.now_ms = NOW_MS
        #: Plays the hosts of a table as FakeRunner takes it.
        self.runner = None if hosts is None else FakeRunner(hosts)

    def hook(self, name, *args):
        """Runs a hook; answers what it posted as {kind, to_slot?, **body}."""
        reply = call(
            self.loaded["code"], name, *args,
            state=self.state, state_version=self.version, params=self.params, seed=self.seed, now_ms=self.now_ms,
            network=None if self.runner is None else self.runner.fd,
        )  # fmt: skip
        if 'failed' in reply:
            raise AssertionError(reply['failed']['trace'])
        if 'state' in reply:
            self.state, self.version = reply['state'], self.version + 1
        posted = [{**post['body'], 'kind': post['kind'], **_private(post)} for post in reply['posts']]
        self.posts += posted
        return posted

    def join(self, slot):
        return self.hook('on_join', slot)

    def say(self, slot, body, kind='user'):
        body = {'text': body} if isinstance(body, str) else body
        message = {
            'id': 1,
            'channel_id': 'chn_x',
            'sender': slot,
            'kind': kind,
            'body': body,
            'ts': '2026-01-01T00:00:00.000Z',
        }
        return self.hook('on_message', message)

    def whisper(self, slot, text):
        return self.hook('on_private_message', slot, {'text': text})


def site_certificate() -> str:
    """The certificate of FakeRunner's site.test, PEM."""
    text, end = SITE.read_text(), '-----END CERTIFICATE-----'
    return text[text.index('-----BEGIN CERTIFICATE-----') : text.index(end) + len(end)]


def _private(post):
    return {'to_slot': post['to_slot']} if 'to_slot' in post else {}

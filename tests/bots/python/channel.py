"""A channel around one bot, for tests: keeps state and players, and gathers what the bot posts."""

import json
from pathlib import Path

from harness import SEED, call, load


class Channel:
    """Loads the bot of a folder in bots/ and calls its hooks as the server would."""

    def __init__(self, folder: Path, params=None, seed=SEED):
        self.manifest = json.loads((folder / 'manifest.json').read_text())
        self.source = (folder / self.manifest['file']).read_text()
        self.loaded = load(self.source)
        self.params = params or {}
        self.seed = seed
        self.state = None
        self.version = 0
        self.posts = []

    def hook(self, name, *args):
        """Runs a hook; answers what it posted as {kind, to_slot?, **body}."""
        reply = call(
            self.loaded["code"], name, *args,
            state=self.state, state_version=self.version, params=self.params, seed=self.seed,
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


def _private(post):
    return {'to_slot': post['to_slot']} if 'to_slot' in post else {}

"""Makes ready in one process what every process forked from it would otherwise make for itself."""

import gc
import json
import sys

import policy
from policy.chance import MOMENT

from .run import run

_ROUNDS = 20
_SAMPLE = """
import random

class Sample:
    def __init__(self, ctx, params):
        self.ctx = ctx
        self.state = ctx.get_state()

    def on_message(self, msg):
        self.state["count"] = self.state.get("count", 0) + 1
        text = str(msg.get("body", {}).get("text", "")).strip().lower()
        for word in text.split():
            self.ctx.post("bot", {"type": "sample", "text": f"{word} {random.randint(1, 6)}", "range": [1, 6]})
        self.ctx.dm(msg["sender"], "bot", text)
        self.ctx.set_state(self.state)
"""
_REQUEST = {
    'hook': 'on_message',
    'args': [{'id': 1, 'sender': 's1', 'kind': 'user', 'body': {'text': 'one two'}}],
    'state': {'count': 1, 'players': ['s1']},
    'state_version': 1,
    'params': {},
    'env': {},
    'players': [{'slot_id': 's1', 'label': 'sample'}],
    'now_ms': 0,
    'seed': '00' * 32,
    'limits': {},
    'workspace': '/',
}
_SAMPLE_REQUEST = json.dumps(_REQUEST).encode()
#: The sample's compiled code, once `preload` has made it.
_sample: list[bytes] = []


def preload() -> None:
    """Builds what hooks need and runs a sample bot until the interpreter has adapted to the path of a hook.

    Called once, before any fork. Without it each process adapts anew, and copies the pages that it
    writes while it does.
    """
    policy.preload()
    _sample.append(policy.load(_SAMPLE)[0])
    for _ in range(_ROUNDS):
        warm()
    gc.collect()
    gc.freeze()


def warm() -> None:
    """Runs the sample once, in a process that is going to run a hook: what it writes is copied by then.

    Where network modules are loaded, a request is made as well, which leads nowhere.
    """
    run(_sample[0], _SAMPLE_REQUEST)
    MOMENT.end()
    network = sys.modules.get('net')
    if network:
        network.rehearse()

"""Hooks of schemathesis: most fields are about a channel that exists, and no call waits for long."""

import json
import os
import random

import schemathesis

CHANNELS = json.loads(os.environ["FUZZ_CHANNELS"])
WAITS = {"/sync_messages": "timeout_ms", "/post_message": "wait_ms", "/dm_bot": "wait_ms"}
LONGEST_WAIT_MS = 50


@schemathesis.hook
def map_query(context, query):
    return _with_facts(context, query)


@schemathesis.hook
def map_body(context, body):
    return _with_facts(context, body)


def _with_facts(context, given):
    if not isinstance(given, dict):
        return given
    # Chance comes from the data, so that a run is the same again for the same seed.
    chance = random.Random(repr(sorted(given.items(), key=repr)))
    channel = chance.choice(CHANNELS)
    changed = {
        name: channel[name] if name in channel and chance.random() < 0.7 else value
        for name, value in given.items()
    }
    wait = WAITS.get(context.operation.path)
    if wait is not None and isinstance(changed.get(wait, LONGEST_WAIT_MS), (int, float)):
        changed[wait] = min(changed.get(wait, LONGEST_WAIT_MS), LONGEST_WAIT_MS)
    return changed

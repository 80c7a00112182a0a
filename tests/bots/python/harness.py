"""What the Python tests of the runner image share: load a bot, run its hooks as the runner does."""

import functools
import json
import os
import textwrap

import hook
import net
import policy
from hook import run

SEED = '5eed' * 16
NOW_MS = 1_790_000_000_123
PLAYERS = [{'slot_id': 's1', 'label': 'alice'}, {'slot_id': 's2', 'label': 'bob'}]

hook.preload()


def in_fork(function):
    """What `function` answers (JSON) in a process forked for it, as each call of the runner has its own."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _write_all(writer, function())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, 'rb') as stream:
        data = stream.read()
    os.waitpid(child, 0)
    return json.loads(data) if data else None


@functools.cache
def load(source):
    """policy.load in a fork: {"code": hex, "info": …} or {"line", "message"} of the refusal."""

    def attempt():
        try:
            code, info = policy.load(source)
            return {'code': code.hex(), 'info': info}
        except policy.PolicyError as error:
            return {'line': error.line, 'message': error.message}

    return in_fork(attempt)


def request(hook, *args, **fields):
    """A request to hook.run as bytes."""
    asked = {
        'hook': hook,
        'args': list(args),
        'state': None,
        'state_version': 0,
        'params': {},
        'env': {},
        'players': PLAYERS,
        'now_ms': NOW_MS,
        'seed': SEED,
        'limits': {'wall_ms': 5000},
        'workspace': '/workspace',
    }
    return json.dumps({**asked, **fields}).encode()


def call(code, hook, *args, network=None, **fields):
    """One hook's answer. `network` is the descriptor on which its process asks for connections."""
    asked = request(hook, *args, **fields)

    def attempt():
        net.install(network)
        return json.loads(run(bytes.fromhex(code), asked))

    return in_fork(attempt)


def run_source(source, hook='on_init', *args, **fields):
    """Loads a bot and runs one hook; a refusal raises AssertionError."""
    loaded = load(source)
    assert 'code' in loaded, f'refused: {loaded}'
    return call(loaded['code'], hook, *args, **fields)


def bot(body, top=''):
    """A bot whose on_init is `body`, below the statements in `top`. The body starts in line 6 plus those of `top`."""
    head = textwrap.dedent(top)
    head += '\n' if head and not head.endswith('\n') else ''
    return (
        head
        + (
            'class Bot:\n'
            '    def __init__(self, ctx, params):\n'
            '        self.ctx = ctx\n'
            '        self.params = params\n'
            '    def on_init(self):\n'
        )
        + textwrap.indent(textwrap.dedent(body).strip('\n'), ' ' * 8)
        + '\n'
    )


def answer(body, top='', **fields):
    """What the body hands to `post(value)`, as {"value": …} would, or the failure's trace as a string."""
    reply = run_source(
        bot(
            "post = lambda value: self.ctx.post('bot', {'value': value})\n"
            + textwrap.dedent(body).strip('\n'),
            top,
        ),
        **fields,
    )
    if 'failed' in reply:
        return reply['failed']['trace']
    values = [post['body']['value'] for post in reply['posts']]
    return values[0] if len(values) == 1 else values


def _write_all(fd, value):
    left = memoryview(json.dumps(value).encode())
    while left:
        left = left[os.write(fd, left) :]

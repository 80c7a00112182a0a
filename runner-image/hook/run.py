"""From a program and a request to the hook's answer."""

import json

from policy.chance import MOMENT, SeededRandom
from policy.output import take_output
from policy.program import HOOKS, Program
from policy.tracing import bot_line, bot_trace, show_source
from policy.world import bot_globals

from .context import Context
from .effects import Effects
from .values import encode


def run(code: bytes, request: bytes) -> bytes:
    """Runs one hook and answers UTF-8 JSON.

    `code` is what policy.load gave. `request` is UTF-8 JSON {hook, args, state, state_version, params,
    env, players, now_ms, seed, limits, workspace}. The answer is {posts, state?, output}, or
    {failed: {line, trace}, output} for whatever the bot raised, SystemExit too. MemoryError is passed
    on: what is left of memory may not suffice to tell of it.
    """
    asked = json.loads(request)
    program = Program.parse(code)
    if asked['hook'] not in HOOKS:
        raise ValueError(f'unknown hook {asked["hook"]!r}')
    show_source(program.source)
    MOMENT.begin(bytes.fromhex(asked['seed']), asked['now_ms'])
    effects = Effects()
    try:
        _call(program, asked, effects)
    except MemoryError:
        raise
    except BaseException as error:
        return _failed(error).encode('utf-8')
    return effects.to_json(take_output()).encode('utf-8')


def _call(program: Program, asked: dict, effects: Effects) -> None:
    namespace = bot_globals(asked['workspace'])
    exec(program.code, namespace)
    random = SeededRandom(int.from_bytes(MOMENT.seed))
    context = Context(asked, effects, random, MOMENT.now())
    bot = _construct(namespace[program.class_name], context, asked['params'])
    hook = getattr(bot, asked['hook'], None)
    if hook is not None:
        hook(*asked['args'])


def _construct(cls: type, context: Context, params):
    """`Class(ctx, params)`; a bot without an __init__ of its own finds both as attributes."""
    if cls.__init__ is not object.__init__:
        return cls(context, params)
    bot = cls()
    bot.ctx = context
    bot.params = params
    return bot


def _failed(error: BaseException) -> str:
    return encode({'failed': {'line': bot_line(error), 'trace': bot_trace(error)}, 'output': take_output()})

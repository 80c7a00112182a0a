"""From a bot's source to code that hooks can run, or to the reason why not."""

import ast
import re

from RestrictedPython import compile_restricted_exec

from .check import check, class_lines, late_imports, uses_network
from .chance import MOMENT
from .errors import PolicyError
from .program import HOOKS, Program
from .tracing import BOT_FILE, bot_line, describe, show_source
from .transformer import BotTransformer
from .world import bot_globals
from .writing import is_own_class

#: Bytes of UTF-8 of a bot's source.
SOURCE_LIMIT = 64 * 1024
_LINE = re.compile(r'Line (\d+): (.*)', re.DOTALL)


def load(source: str) -> tuple[bytes, dict]:
    """Compiles a bot under the policy and runs its module body once.

    Answers (marshalled program, {"class_name": str, "uses_network": bool, "imports": [str]}); imports are
    the network modules among the imported ones, by their top names.
    Raises PolicyError, with the line where there is one.
    """
    tree = _parse(source)
    # Before the compiler's transformer, which changes the tree in place.
    nodes = list(ast.walk(tree))
    check(nodes)
    network, imports = uses_network(nodes), late_imports(nodes)
    lines = class_lines(tree)
    code = _compile(tree)
    show_source(source)
    class_name = _bot_class(_run_body(code), lines)
    program = Program(class_name=class_name, source=source, code=code)
    about = {'class_name': class_name, 'uses_network': network, 'imports': imports}
    return program.dump(), about


def _parse(source: str) -> ast.Module:
    try:
        if len(source.encode('utf-8')) > SOURCE_LIMIT:
            raise PolicyError(None, f'The code is longer than {SOURCE_LIMIT} bytes.')
        return ast.parse(source, BOT_FILE)
    except SyntaxError as error:
        raise PolicyError(error.lineno, f'Syntax error: {error.msg}.') from None
    except UnicodeEncodeError:
        raise PolicyError(None, 'The code holds half of a surrogate pair.') from None
    except (ValueError, RecursionError, MemoryError, OverflowError):
        raise PolicyError(None, 'The code cannot be parsed: it is nested too deeply or malformed.') from None


def _compile(tree: ast.Module):
    try:
        result = compile_restricted_exec(tree, BOT_FILE, policy=BotTransformer)
    except SyntaxError as error:
        raise PolicyError(error.lineno, f'Syntax error: {error.msg}.') from None
    except (ValueError, RecursionError, MemoryError, OverflowError):
        raise PolicyError(None, 'The code cannot be compiled: it is nested too deeply.') from None
    if result.errors or result.code is None:
        raise _first(result.errors)
    return result.code


def _first(errors) -> PolicyError:
    """RestrictedPython tells of all problems as "Line n: …"; the first line's is shown."""
    parsed = [match.groups() for match in map(_LINE.match, errors) if match]
    if not parsed:
        return PolicyError(None, errors[0] if errors else 'The code cannot be compiled.')
    line, message = min(parsed, key=lambda pair: int(pair[0]))
    return PolicyError(int(line), message)


def _run_body(code) -> dict:
    MOMENT.begin(bytes(32), MOMENT.now_ms)
    namespace = bot_globals('')
    try:
        exec(code, namespace)
    except BaseException as error:
        message = f'The code fails while it is loaded: {describe(error)}'
        raise PolicyError(bot_line(error), message) from None
    return namespace


def _bot_class(namespace: dict, lines: dict[str, int]) -> str:
    """The one class that has hooks; of a class and those that extend it, the last extension."""
    classes = {name: namespace[name] for name in lines if is_own_class(namespace.get(name))}
    if not classes:
        raise PolicyError(
            None, 'The code defines no class: a bot is a class with methods such as on_message.'
        )
    bots = {name: cls for name, cls in classes.items() if any(hasattr(cls, hook) for hook in HOOKS)}
    if not bots and len(classes) > 1:
        raise PolicyError(min(lines.values()), f'None of the classes has a hook ({", ".join(HOOKS)}).')
    found = _leaves(bots or classes)
    if len(found) > 1:
        told = ' and '.join(f'{name} (line {lines[name]})' for name in found)
        raise PolicyError(lines[found[-1]], f'More than one class has hooks: {told}. Which is the bot?')
    return found[0]


def _leaves(classes: dict[str, type]) -> list[str]:
    return [
        name
        for name, cls in classes.items()
        if not any(other is not cls and issubclass(other, cls) for other in classes.values())
    ]

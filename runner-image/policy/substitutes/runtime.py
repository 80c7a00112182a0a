"""Parts of `functools`, `traceback` and `warnings` that would otherwise reach past the guards."""

import functools
import sys
import warnings

from ..output import OUTPUT
from ..tracing import bot_trace

_COPIED = ('__module__', '__name__', '__qualname__', '__doc__')


def update_wrapper(wrapper, wrapped):
    """As functools.update_wrapper; which attributes it copies cannot be chosen."""
    return functools.update_wrapper(wrapper, wrapped, assigned=_COPIED, updated=())


def wraps(wrapped):
    """As functools.wraps; which attributes it copies cannot be chosen."""
    return functools.partial(_swapped_update, wrapped)


def _swapped_update(wrapped, wrapper):
    return update_wrapper(wrapper, wrapped)


def format_exc():
    """The exception at hand, told by the bot's own frames only."""
    error = sys.exception()
    return 'NoneType: None\n' if error is None else bot_trace(error)


def print_exc(file=None):
    """Prints `format_exc()`."""
    (OUTPUT if file is None else file).write(format_exc())


def format_exception(exc, /, *rest):
    """The exception, told by the bot's own frames only, as a list of lines."""
    error = exc if isinstance(exc, BaseException) else next(e for e in rest if isinstance(e, BaseException))
    return bot_trace(error).splitlines(keepends=True)


def format_exception_only(exc, /, *rest):
    """The last line of `format_exception`, as a list."""
    return format_exception(exc, *rest)[-1:]


def print_exception(exc, /, *rest):
    """Prints `format_exception()`."""
    OUTPUT.write(''.join(format_exception(exc, *rest)))


class catch_warnings(warnings.catch_warnings):
    """As warnings.catch_warnings; it saves the module's state, never that of another object."""

    def __init__(self, *, record=False):
        super().__init__(record=record)


FUNCTOOLS = {'update_wrapper': update_wrapper, 'wraps': wraps}
TRACEBACK = {
    'format_exc': format_exc,
    'format_exception': format_exception,
    'format_exception_only': format_exception_only,
    'print_exc': print_exc,
    'print_exception': print_exception,
}
WARNINGS = {'catch_warnings': catch_warnings}

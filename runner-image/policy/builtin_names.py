"""The builtins of bot code: everything that a bot can name without an import."""

import builtins

from RestrictedPython.Guards import safe_builtins

from .barriers import BARRED_TYPES
from .getting import guarded_getattr, guarded_hasattr
from .writing import guarded_delattr, guarded_setattr

_PLAIN = (
    'NotImplemented all any ascii bin bytearray bytes classmethod dict enumerate filter float format frozenset '
    'int iter list map max min next object property reversed set sorted staticmethod str sum super tuple zip '
    'ConnectionError ConnectionAbortedError ConnectionRefusedError ConnectionResetError BrokenPipeError '
    'TimeoutError FileExistsError FileNotFoundError InterruptedError IsADirectoryError NotADirectoryError '
    'PermissionError BlockingIOError RecursionError StopAsyncIteration ModuleNotFoundError'
).split()


def guarded_type(obj, /):
    """The class of an object. One argument only, and neither metaclasses nor the interpreter's types."""
    kind = type(obj)
    if issubclass(kind, type) or obj is guarded_type:
        return guarded_type
    if kind in BARRED_TYPES:
        raise TypeError(f'type() of a {kind.__name__} is not available to bots')
    return kind


def _common() -> dict:
    names = {name: value for name, value in safe_builtins.items() if name != '_getattr_'}
    names.update((name, getattr(builtins, name)) for name in _PLAIN)
    names.update(
        type=guarded_type,
        getattr=guarded_getattr,
        hasattr=guarded_hasattr,
        setattr=guarded_setattr,
        delattr=guarded_delattr,
    )
    return names


_COMMON = _common()


def bot_builtins(**extra) -> dict:
    """A new dict of builtins; `extra` adds what belongs to one call (`print`, `open`, `__import__`)."""
    return {**_COMMON, **extra}

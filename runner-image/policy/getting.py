"""Guards of everything that reads: attributes, items, iteration."""

from functools import partial

from .barriers import BARRED_NAMES, BARRED_VALUES, FORMATTING_NAMES, WATCHED_NAMES, is_raw_format

_MISSING = object()


def guarded_getattr(obj, name, default=_MISSING, /):
    """`obj.name` as a bot may read it.

    Raises AttributeError for names with a leading underscore, for names that lead into the
    interpreter, and for values that do (modules, frames, code, tracebacks).
    """
    if type(name) is not str:
        raise TypeError('attribute name must be a string')
    if name[:1] == '_' and not _is_super_init(obj, name):
        raise AttributeError(f'names that start with an underscore are not for bots: {name!r}')
    if name in WATCHED_NAMES:
        return _watched(obj, name, default)
    value = getattr(obj, name) if default is _MISSING else getattr(obj, name, default)
    return admitted(value, name)


def admitted(value, name):
    """The value, unless it is one that hands out the interpreter."""
    if isinstance(value, BARRED_VALUES):
        raise AttributeError(f'{name!r} is not available to bots')
    return value


def guarded_getitem(obj, index, /):
    """`obj[index]` as a bot may read it."""
    return admitted(obj[index], index)


def guarded_iter(obj, /):
    """Iteration needs no guard of its own: no container that a bot can reach holds what it may not."""
    return obj


def guarded_hasattr(obj, name, /) -> bool:
    """`hasattr` in terms of the guarded `getattr`."""
    try:
        guarded_getattr(obj, name)
    except AttributeError:
        return False
    return True


def _is_super_init(obj, name) -> bool:
    """`super().__init__(…)` is how a class calls the one that it extends."""
    return name == '__init__' and type(obj) is super


def _watched(obj, name, default):
    # AttributeError.obj is whatever object lacked the name, a module too (CVE-2024-47532).
    if name in BARRED_NAMES or (name == 'obj' and isinstance(obj, AttributeError)):
        raise AttributeError(f'{name!r} is not available to bots')
    value = getattr(obj, name) if default is _MISSING else getattr(obj, name, default)
    if name in FORMATTING_NAMES and is_raw_format(value):
        return _guarded_format(value, name)
    return admitted(value, name)


def _guarded_format(value, name):
    # Imported late: the formatter itself reads through the guards above.
    from .formatting import format_text, format_text_map

    if name not in ('format', 'format_map') or not isinstance(getattr(value, '__self__', ''), str):
        raise AttributeError(f'{name!r} is not available to bots: use str.format or an f-string')
    safe = format_text if name == 'format' else format_text_map
    bound = getattr(value, '__self__', None)
    return safe if bound is None else partial(safe, bound)

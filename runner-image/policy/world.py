"""The globals in which bot code runs."""

import gc

from RestrictedPython.Guards import guarded_iter_unpack_sequence, guarded_unpack_sequence

from . import library
from .builtin_names import bot_builtins
from .getting import guarded_getattr, guarded_getitem, guarded_iter
from .output import bot_print
from .workspace import workspace_open
from .writing import guarded_write, in_place, make_class


def preload() -> None:
    """Imports the modules that bots use most and builds their facades, once, before any process is forked.

    What exists then is taken out of the garbage collector's sight, so that a collection in a forked
    process does not copy its pages.
    """
    library.preload()
    gc.collect()
    gc.freeze()


def apply(function, /, *args, **kwargs):
    """A call with `*args` or `**kwargs`; names of arguments are held to the rule of all names."""
    for name in kwargs:
        if str.startswith(name, '_'):
            raise TypeError(f'names that start with an underscore are not for bots: {name!r}')
    return function(*args, **kwargs)


def bot_globals(workspace: str) -> dict:
    """Fresh globals for one run of bot code; `workspace` is the folder in which it may open files."""
    bot_open = workspace_open(workspace)
    return {
        '__builtins__': bot_builtins(print=bot_print, open=bot_open, __import__=library.guarded_import),
        '__name__': 'bot',
        '__metaclass__': make_class,
        '_getattr_': guarded_getattr,
        '_getitem_': guarded_getitem,
        '_getiter_': guarded_iter,
        '_iter_unpack_sequence_': guarded_iter_unpack_sequence,
        '_unpack_sequence_': guarded_unpack_sequence,
        '_write_': guarded_write,
        '_inplacevar_': in_place,
        '_apply_': apply,
    }

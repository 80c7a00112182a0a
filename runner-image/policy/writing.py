"""Guards of everything that writes, and of how classes come to be."""

import operator
import typing
from types import BuiltinFunctionType, FunctionType, MethodType
from weakref import ProxyTypes

from .barriers import BARRED_NAMES, BARRED_VALUES, FILE_NAMES

_IN_PLACE = {
    "+=": operator.iadd, "-=": operator.isub, "*=": operator.imul, "/=": operator.itruediv,
    "//=": operator.ifloordiv, "%=": operator.imod, "**=": operator.ipow, "@=": operator.imatmul,
    "<<=": operator.ilshift, ">>=": operator.irshift,
    "|=": operator.ior, "^=": operator.ixor, "&=": operator.iand,
}  # fmt: skip

#: Objects whose attributes stay as they are: code, everything marked by `read_only`, and the aliases of
#: typing, which would pass the writing on to their class.
_FIXED = (FunctionType, BuiltinFunctionType, MethodType, typing._BaseGenericAlias, *BARRED_VALUES)
#: A weak proxy would pass the writing on to what it stands for, past the checks of it.
_PROXIES = frozenset(ProxyTypes)

_own_classes: set[type] = set()
_read_only: set[type] = set()


def read_only(cls: type) -> type:
    """Class decorator: bots cannot write to instances."""
    _read_only.add(cls)
    return cls


def make_class(name, bases, namespace, **keywords):
    """Stands for `__metaclass__`: makes the class with its bases' metaclass and remembers it as the bot's."""
    meta = type
    for base in bases:
        if issubclass(type(base), meta):
            meta = type(base)
    cls = meta(name, bases, namespace, **keywords)
    _own_classes.add(cls)
    return cls


def is_own_class(cls: object) -> bool:
    """True for a class that bot code defined."""
    return isinstance(cls, type) and cls in _own_classes


def guarded_write(obj, /):
    """The object, if a bot may set or delete its attributes and items."""
    kind = type(obj)
    if (
        kind in _read_only
        or kind in _PROXIES
        or isinstance(obj, _FIXED)
        or (isinstance(obj, type) and obj not in _own_classes)
    ):
        raise TypeError(f'{kind.__name__} objects cannot be changed by bots')
    return obj


def guarded_setattr(obj, name, value, /):
    """`setattr` under the rules of assignment."""
    setattr(guarded_write(obj), _public(name), value)


def guarded_delattr(obj, name, /):
    """`delattr` under the rules of `del`."""
    delattr(guarded_write(obj), _public(name))


def in_place(symbol, target, value, /):
    """`target += value` and its kin."""
    return _IN_PLACE[symbol](target, value)


def _public(name) -> str:
    if type(name) is not str or name[:1] == '_' or name in BARRED_NAMES | FILE_NAMES:
        raise AttributeError(f'{name!r} cannot be set by bots')
    return name

"""What no bot may hold, whichever way it asks for it."""

import string
from types import (
    BuiltinMethodType,
    CodeType,
    FrameType,
    FunctionType,
    GeneratorType,
    MethodDescriptorType,
    ModuleType,
    TracebackType,
)

from RestrictedPython.transformer import INSPECT_ATTRIBUTES

#: Values that hand out the interpreter: never the result of an attribute or an item.
BARRED_VALUES = (ModuleType, FrameType, CodeType, TracebackType)

#: Types with which objects of the interpreter could be made: `type(x)` does not answer them.
BARRED_TYPES = frozenset({ModuleType, FrameType, CodeType, TracebackType, FunctionType, GeneratorType})

#: Names that lead from an object to its frame, its code or its bases.
BARRED_NAMES = INSPECT_ATTRIBUTES | {'mro', 'tb_lasti', 'cr_frame', 'ag_frame'}

#: Methods of str and of string.Formatter that look attributes up by name, past every guard.
FORMATTING_NAMES = frozenset({'format', 'format_map', 'vformat', 'get_field', 'get_value', 'Formatter'})

#: Attributes that open a file where they are set (ssl.SSLContext).
FILE_NAMES = frozenset({'keylog_filename'})

#: Names that need a second look before they are answered.
WATCHED_NAMES = BARRED_NAMES | FORMATTING_NAMES | {'obj'}


def is_raw_format(value: object) -> bool:
    """True for str.format and str.format_map, bound or not, and for all of string.Formatter."""
    if isinstance(value, BuiltinMethodType):
        return isinstance(value.__self__, str)
    if isinstance(value, MethodDescriptorType):
        return value.__objclass__ is str
    if isinstance(value, type):
        return issubclass(value, string.Formatter)
    return isinstance(getattr(value, '__self__', None), string.Formatter)

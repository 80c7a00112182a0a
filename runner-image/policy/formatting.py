"""str.format and str.format_map whose replacement fields go through the guards.

The methods of str read attributes in C: "{0.x.y}" would walk past every guard (CVE-2023-41039).
"""

import string
from _string import formatter_field_name_split

from .getting import guarded_getattr, guarded_getitem


class GuardedFormatter(string.Formatter):
    """A formatter that reads attributes and items as bot code does."""

    def get_field(self, field_name, args, kwargs):
        first, rest = formatter_field_name_split(field_name)
        value = self.get_value(first, args, kwargs)
        for is_attribute, name in rest:
            value = guarded_getattr(value, name) if is_attribute else guarded_getitem(value, name)
        return value, first


def format_text(text, /, *args, **kwargs) -> str:
    """`text.format(*args, **kwargs)`, guarded."""
    return GuardedFormatter().vformat(str.__str__(text), args, kwargs)


def format_text_map(text, mapping, /) -> str:
    """`text.format_map(mapping)`, guarded."""
    return GuardedFormatter().vformat(str.__str__(text), (), mapping)

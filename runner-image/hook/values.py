"""What a bot hands over, as JSON that has exactly one meaning."""

import json
import math

#: Nesting of a whole answer that its reader accepts: a list and a dict each count one.
MAX_DEPTH = 64
#: Integers beyond this are not the same number everywhere.
MAX_SAFE = 2**53 - 1


def plain(value, depth: int = 0):
    """A copy made of dict, list, str, int, float, bool and None only; it stands `depth` levels deep.

    Raises TypeError or ValueError for what JSON cannot carry unambiguously: other types, keys that
    are not strings, NaN, infinities, integers beyond 2^53-1, lone surrogates, nesting over 64 in all.
    """
    if value is None or value is True or value is False:
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return _checked_integer(int.__int__(value))
    if isinstance(value, float):
        return _checked_float(float.__float__(value))
    if depth >= MAX_DEPTH:
        raise ValueError('the value is nested too deeply: a body has at most 61 levels, a state 63')
    if isinstance(value, (list, tuple)):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {_key(key): plain(item, depth + 1) for key, item in value.items()}
    raise TypeError(f'a {type(value).__name__} is not JSON: use dict, list, str, int, float, bool or None')


def encode(value) -> str:
    """JSON text of what `plain` gave."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(',', ':'))


def _text(value: str) -> str:
    text = str.__str__(value)
    try:
        text.encode('utf-8')
    except UnicodeEncodeError:
        raise ValueError('a string holds half of a surrogate pair') from None
    return text


def _key(key) -> str:
    if not isinstance(key, str):
        raise TypeError(f'a key must be a string, not {type(key).__name__}')
    return _text(key)


def _checked_integer(number: int) -> int:
    if abs(number) > MAX_SAFE:
        raise ValueError('an integer is beyond 2^53-1: hand it over as a string')
    return number


def _checked_float(number: float) -> float:
    if not math.isfinite(number):
        raise ValueError('NaN and infinities are not JSON')
    if number.is_integer() and abs(number) > MAX_SAFE:
        raise ValueError('a number is beyond 2^53-1: hand it over as a string')
    return number

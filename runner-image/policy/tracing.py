"""Tracebacks that show a bot's own frames and nothing of what runs it."""

import traceback

#: The file name under which bot code is compiled.
BOT_FILE = '<bot>'
#: Bytes of UTF-8 of one trace.
TRACE_LIMIT = 4 * 1024
_SHOWN_FRAMES = 12
_source: list[str] = ['']


def show_source(source: str) -> None:
    """The source whose lines traces quote from here on."""
    _source[0] = source


def bot_line(error: BaseException) -> int | None:
    """The line of the bot's innermost frame that the error passed through."""
    lines = _frames(error)
    return lines[-1][0] if lines else None


def bot_trace(error: BaseException) -> str:
    """The error with the bot's frames, at most 4 KiB, the innermost kept."""
    frames = _frames(error)
    told = [f'  line {line}, in {name}\n{_quote(line)}' for line, name in frames]
    if len(told) > _SHOWN_FRAMES:
        half = _SHOWN_FRAMES // 2
        told[half:-half] = [f'  ... {len(told) - _SHOWN_FRAMES} more calls ...\n']
    head = 'Traceback of the bot (most recent call last):\n' + ''.join(told)
    last = describe(error) + '\n'
    return _bounded(head, TRACE_LIMIT // 2) + _bounded(last, TRACE_LIMIT // 2)


def describe(error: BaseException) -> str:
    """`ValueError: …`, also where the error's own __str__ fails."""
    try:
        text = str.__str__(str(error))
    except MemoryError:
        raise
    except BaseException:
        text = '(its message cannot be shown)'
    name = type(error).__name__
    return _bounded(f'{name}: {text}' if text else name, TRACE_LIMIT // 2 - 1)


def _frames(error: BaseException) -> list[tuple[int, str]]:
    walked = traceback.walk_tb(error.__traceback__)
    return [
        (line, frame.f_code.co_name)
        for frame, line in walked
        if frame.f_code.co_filename == BOT_FILE and line is not None
    ]


def _quote(line: int) -> str:
    lines = _source[0].split('\n')
    return f'    {lines[line - 1].strip()}\n' if 0 < line <= len(lines) else ''


def _bounded(text: str, limit: int) -> str:
    return text[:limit].encode('utf-8', 'backslashreplace')[:limit].decode('utf-8', 'ignore')

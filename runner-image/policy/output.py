"""What a bot prints: kept, bounded, never written to the process's own streams."""

import builtins

from .getting import guarded_getattr
from .writing import read_only

#: Bytes of UTF-8 that are kept of one hook's output.
OUTPUT_LIMIT = 8 * 1024


@read_only
class Output:
    """A text stream that keeps its first 8 KiB: `sys.stdout` and `sys.stderr` of a bot."""

    def __init__(self):
        self._parts: list[str] = []
        self._room = OUTPUT_LIMIT

    def write(self, text: str, /) -> int:
        """Keeps what there is room for; answers the length of all of it."""
        if not isinstance(text, str):
            raise TypeError('write() takes a string')
        text = str.__str__(text)  # a subclass could answer anything below
        if self._room > 0:
            # A character takes up to four bytes: what is cut here could not be kept anyway.
            kept = text[: self._room].encode('utf-8', 'backslashreplace')[: self._room]
            self._room -= len(kept)
            self._parts.append(kept.decode('utf-8', 'ignore'))
        return len(text)

    def flush(self) -> None:
        """Nothing to do: nothing is held back."""

    def _take(self) -> str:
        text = ''.join(self._parts)
        self._parts = []
        self._room = OUTPUT_LIMIT
        return text


OUTPUT = Output()


def take_output() -> str:
    """What was printed since the last call, at most 8 KiB of UTF-8."""
    return OUTPUT._take()


def bot_print(*values, sep=' ', end='\n', file=None, flush=False) -> None:
    """`print` of bot code."""
    stream = OUTPUT if file is None else file
    guarded_getattr(stream, 'write')
    builtins.print(*values, sep=sep, end=end, file=stream)

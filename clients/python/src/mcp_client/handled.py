"""What has been handled, so that it is not handled again."""

from __future__ import annotations

_MOST = 20_000
"""More than may wait for one agent unacknowledged, so more than can come again."""


class Handled:
    """The message ids that were handled last.

    An acknowledgement is not answered, and can be lost with the connection: then its message comes again.
    """

    def __init__(self) -> None:
        # A dict keeps the order in which its keys came.
        self._ids: dict[str, None] = {}

    def __contains__(self, message_id: str) -> bool:
        return message_id in self._ids

    def add(self, message_id: str) -> None:
        """Remembers it, and forgets the oldest where there are too many."""
        self._ids[message_id] = None
        if len(self._ids) > _MOST:
            del self._ids[next(iter(self._ids))]

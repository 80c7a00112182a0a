"""The pipe to the host: control frames first, then what streams have, in turns."""

import os
from collections import deque
from typing import Protocol

from runner import frames
from runner.poll import OUT, Poll


class Source(Protocol):
    """Has frames to send now and then; says so by `Link.ready`."""

    def next_frame(self) -> bytes | None:
        """The next frame, at most one payload large; None when it has nothing or no credit."""


class Reply:
    """A reply on its way to the host, held by its stream's credit, and what is told after it."""

    def __init__(self, stream: int, data: bytes) -> None:
        self.stream = stream
        self._credit = frames.WINDOW_BYTES
        self._left = memoryview(data)
        self._after = b''

    @property
    def done(self) -> bool:
        return not self._left

    def follow(self, told: bytes) -> None:
        """Control frames that go out when the reply has; for one that is not `done`."""
        self._after += told

    def grant(self, increment: int) -> None:
        self._credit = more_credit(self._credit, increment)

    def next_frame(self) -> bytes | None:
        size = min(len(self._left), frames.MAX_PAYLOAD, self._credit)
        if size == 0:
            return None
        payload = self._left[:size]
        self._left = self._left[size:]
        self._credit -= size
        if not self.done:
            return frames.frame(frames.DATA, self.stream, payload)
        return frames.frame(frames.DATA, self.stream, payload, frames.FLAG_END) + self._after


class Link:
    """Never blocks: what the pipe does not take now waits here, one piece of it at most."""

    def __init__(self, fd: int, poll: Poll) -> None:
        self._fd = fd
        self._poll = poll
        self._control: deque[bytes] = deque()
        self._ready: deque[Source] = deque()
        self._current = memoryview(b'')
        self.blocked = False

    def send_control(self, data: bytes) -> None:
        self._control.append(data)

    def ready(self, source: Source) -> None:
        """The source may have something to send."""
        if source not in self._ready:
            self._ready.append(source)

    def forget(self, source: Source) -> None:
        if source in self._ready:
            self._ready.remove(source)

    def flush(self, _events: int = 0) -> None:
        """Writes what the pipe takes; comes back by itself when it takes more."""
        while self._current or self._take():
            try:
                written = os.write(self._fd, self._current)
            except BlockingIOError:
                self._block()
                return
            self._current = self._current[written:]
        if self.blocked:
            self.blocked = False
            self._poll.remove(self._fd)

    def _block(self) -> None:
        if not self.blocked:
            self.blocked = True
            self._poll.add(self._fd, OUT, self.flush)

    def _take(self) -> bool:
        """Makes ready what is written next: frames together, since each write wakes the host once."""
        ready = bytearray()
        while len(ready) < frames.MAX_PAYLOAD and (data := self._next_frame()) is not None:
            ready += data
        self._current = memoryview(ready)
        return len(ready) > 0

    def _next_frame(self) -> bytes | None:
        if self._control:
            return self._control.popleft()
        while self._ready:
            source = self._ready.popleft()
            data = source.next_frame()
            if data is not None:
                self._ready.append(source)
                return data
        return None


def more_credit(credit: int, increment: int) -> int:
    if credit + increment > frames.WINDOW_BYTES:
        raise frames.ProtocolError('a grant of more than was used')
    return credit + increment

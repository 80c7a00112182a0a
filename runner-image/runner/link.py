"""The pipe to the host: control frames first, data frames as the host's credit allows."""

import os
from collections import deque

from runner import frames


class SendStream:
    """Bytes on their way to the host on one stream, held by that stream's own credit."""

    def __init__(self, stream: int, data: bytes) -> None:
        self.stream = stream
        self.credit = frames.WINDOW_BYTES
        self._left = memoryview(data)
        self.done = False

    def next_frame(self) -> bytes | None:
        if self.done:
            return None
        size = min(len(self._left), frames.MAX_PAYLOAD, self.credit)
        if size == 0 and len(self._left) > 0:
            return None
        payload = bytes(self._left[:size])
        self._left = self._left[size:]
        self.credit -= size
        self.done = len(self._left) == 0
        return frames.frame(frames.DATA, self.stream, payload, frames.FLAG_END if self.done else 0)


class Link:
    """Never blocks: what cannot be written now waits here, and there is never more than one reply."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._control: deque[bytes] = deque()
        self._streams: list[SendStream] = []
        self._current = memoryview(b'')

    def send_control(self, data: bytes) -> None:
        self._control.append(data)

    def send_stream(self, stream: int, data: bytes) -> None:
        self._streams.append(SendStream(stream, data))

    def grant(self, stream: int, increment: int) -> None:
        for one in self._streams:
            if one.stream == stream:
                one.credit += increment

    def flush(self) -> bool:
        """Writes what the pipe takes; True while something is left that waits for the pipe."""
        while len(self._current) or self._take():
            try:
                written = os.write(self._fd, self._current)
            except BlockingIOError:
                return True
            self._current = self._current[written:]
        return False

    def _take(self) -> bool:
        """Makes ready what is written next: frames together, since each write wakes the host once."""
        ready = bytearray()
        while len(ready) < frames.MAX_PAYLOAD and (data := self._next_frame()) is not None:
            ready += data
        self._current = memoryview(bytes(ready))
        return len(ready) > 0

    def _next_frame(self) -> bytes | None:
        if self._control:
            return self._control.popleft()
        for one in self._streams:
            data = one.next_frame()
            if data is not None:
                if one.done:
                    self._streams.remove(one)
                return data
        return None

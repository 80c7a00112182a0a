"""One WebSocket of an agent."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp

from .timing import Timing

_ACKNOWLEDGE_EVERY_S = 0.02
"""The newest cursor stands for all before it, and a server closes a line that floods it with frames."""

_MOST_WAITING_BYTES = 32 * 1024 * 1024
"""What waits for a slow handler; beyond it the server is left to wait, which it does for a while."""

REPLACED = 4001
UNAUTHORIZED = 4401
DEREGISTERED = 4404
_FINAL = (REPLACED, DEREGISTERED)

Frame = dict[str, Any]


class Stream:
    """Frames of a socket in order.

    They are read while a handler works, however long it takes: the server's pings are answered meanwhile.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._waiting: deque[tuple[Frame, int]] = deque()
        self._bytes = 0
        self._changed = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._has_ended = False
        self._cursor: str | None = None
        self._is_due = asyncio.Event()
        self.close_code: int | None = None
        """Why the server ended it; None while it is open, and where the line broke."""

    async def next(self) -> Frame | None:
        """The next frame; None when there will be no more."""
        while not self._waiting and not self._has_ended:
            self._changed.clear()
            await self._changed.wait()
        # What another connection gets now, or an agent that is no more, is not this one's to work on.
        if not self._waiting or self.close_code in _FINAL:
            return None
        frame, size = self._waiting.popleft()
        self._bytes -= size
        if self._bytes < _MOST_WAITING_BYTES:
            self._has_room.set()
        return frame

    def acknowledge(self, cursor: str) -> None:
        """Has everything up to this cursor acknowledged, at once or very soon."""
        self._cursor = cursor
        self._is_due.set()

    async def acknowledges(self) -> None:
        """Sends acknowledgements, one for those that came together."""
        while True:
            await self._is_due.wait()
            await self.settle()
            await asyncio.sleep(_ACKNOWLEDGE_EVERY_S)

    async def settle(self) -> None:
        """Sends the acknowledgement that waits to be sent."""
        if self._is_due.is_set():
            self._is_due.clear()
            await self._send({"type": "ack", "cursor": self._cursor})

    async def read(self) -> None:
        """Reads until the socket ends."""
        try:
            while True:
                message = await self._socket.receive()
                if message.type is not aiohttp.WSMsgType.TEXT:
                    break
                self._put(message.data)
                await self._has_room.wait()
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError):
            pass
        finally:
            self.close_code = self._socket.close_code
            self._has_ended = True
            self._changed.set()

    async def beat(self, every_s: float) -> None:
        """Tells that the agent lives, also while it has nothing to say."""
        while True:
            await asyncio.sleep(every_s)
            await self._send({"type": "heartbeat"})

    async def _send(self, frame: Frame) -> None:
        """Sends it, if the socket is still open: what was lost is made good after the next connect."""
        with suppress(aiohttp.ClientError, OSError):
            await self._socket.send_str(json.dumps(frame))

    def _put(self, text: str) -> None:
        frame = json.loads(text)
        if not isinstance(frame, dict):
            return
        self._waiting.append((frame, len(text)))
        self._bytes += len(text)
        if self._bytes >= _MOST_WAITING_BYTES:
            self._has_room.clear()
        self._changed.set()


@asynccontextmanager
async def served(socket: aiohttp.ClientWebSocketResponse, timing: Timing) -> AsyncIterator[Stream]:
    """The socket's stream, while the block runs; closes the socket after it."""
    stream = Stream(socket)
    duties = (stream.read(), stream.acknowledges(), stream.beat(timing.heartbeat_s))
    tasks = [asyncio.create_task(duty) for duty in duties]
    try:
        yield stream
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await stream.settle()
        await socket.close()

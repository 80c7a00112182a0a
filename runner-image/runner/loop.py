"""The event loop of PID 1: one thread, one call at a time, always reading."""

import os
import time
from collections.abc import Callable

from runner import frames
from runner.call import Call
from runner.connections import Connections
from runner.executor import Executor
from runner.link import Link
from runner.poll import IN, Poll
from runner.worker import Processes


class Loop:
    """Takes the host's frames to those whom they concern."""

    def __init__(
        self, host_in: int, host_out: int, processes: Processes, in_a_pause: Callable[[], None] | None = None
    ) -> None:
        """`host_in` and `host_out` are the two halves of the pipe; they become non-blocking."""
        for fd in (host_in, host_out):
            os.set_blocking(fd, False)
        self._in = host_in
        self._poll = Poll()
        self._poll.add(host_in, IN, self._on_input)
        self._reader = frames.FrameReader()
        self._link = Link(host_out, self._poll)
        self._connections = Connections(self._link, self._poll)
        self._executor = Executor(self._link, self._poll, self._connections, processes, in_a_pause)
        self._receiving: Call | None = None
        self._last_stream = 0
        self._open = True

    def run(self) -> None:
        """Returns when the host has gone. Raises ProtocolError, or BrokenPipeError."""
        while self._open:
            self.turn()

    def turn(self) -> None:
        """Waits for events, handles those that are there, and sends what came of them."""
        executor = self._executor
        at = executor.next_at
        self._poll.wait(None if at is None else max(0.0, at - time.monotonic()))
        if executor.next_at is not None and time.monotonic() >= executor.next_at:
            executor.on_time()
        self._link.flush()
        self._connections.tidy()

    def _on_input(self, _events: int) -> None:
        try:
            data = os.read(self._in, frames.MAX_PAYLOAD)
        except BlockingIOError:
            return
        if not data:
            self._open = False
        for item in self._reader.feed(data):
            self._take(item)

    def _take(self, item: tuple) -> None:
        if item[0] == 'hello':
            self._link.send_control(frames.MAGIC + frames.HELLO_BODY.pack(item[1], frames.VERSION))
            return
        kind, flags, stream, payload = item
        if kind == frames.CALL:
            self._on_call(stream, payload)
        elif stream % 2 == 0 and stream > 0:
            self._connections.take(kind, flags, stream, payload)
        elif kind == frames.DATA and self._receiving is not None and stream == self._receiving.stream:
            self._on_request(self._receiving, payload, bool(flags & frames.FLAG_END))
        elif kind == frames.WINDOW and 0 < stream <= self._last_stream:
            self._executor.grant(stream, frames.INCREMENT.unpack(payload)[0])
        else:
            raise frames.ProtocolError('unexpected frame')

    def _on_call(self, stream: int, payload: bytes) -> None:
        call = Call(payload)
        fresh = call.stream % 2 == 1 and call.stream > self._last_stream
        if stream != 0 or not fresh or self._receiving is not None or self._executor.busy:
            raise frames.ProtocolError('a call out of turn')
        self._last_stream = call.stream
        self._receiving = call

    def _on_request(self, call: Call, payload: bytes, end: bool) -> None:
        call.receive(payload, end)
        if call.complete:
            self._receiving = None
            self._executor.start(call)
        else:
            credit = frames.INCREMENT.pack(len(payload))
            self._link.send_control(frames.frame(frames.WINDOW, call.stream, credit))

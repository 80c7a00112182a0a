"""The event loop of PID 1: one thread, one call at a time, always reading."""

import os
import time

from runner import frames
from runner.call import Call
from runner.cleanup import end_all_processes
from runner.connections import Connections
from runner.executor import Executor
from runner.link import Link
from runner.poll import IN, Poll
from runner.system import OutOfMemoryRank, protect_pid1, settle_memory

_STDIN, _STDOUT = 0, 1
_EXIT_HOST_GONE, _EXIT_PROTOCOL = 0, 70


class Loop:
    """Takes the host's frames to those whom they concern."""

    def __init__(self, rank: OutOfMemoryRank) -> None:
        self._poll = Poll()
        self._reader = frames.FrameReader()
        self._link = Link(_STDOUT, self._poll)
        self._connections = Connections(self._link, self._poll)
        self._executor = Executor(self._link, self._poll, self._connections, rank)
        self._receiving: Call | None = None
        self._last_stream = 0
        self._open = True

    def run(self) -> int:
        for fd in (_STDIN, _STDOUT):
            os.set_blocking(fd, False)
        self._poll.add(_STDIN, IN, self._on_stdin)
        executor = self._executor
        while self._open:
            at = executor.next_at
            self._poll.wait(None if at is None else max(0.0, at - time.monotonic()))
            if executor.next_at is not None and time.monotonic() >= executor.next_at:
                executor.on_time()
            self._link.flush()
            self._connections.tidy()
        return _EXIT_HOST_GONE

    def _on_stdin(self, _events: int) -> None:
        try:
            data = os.read(_STDIN, frames.MAX_PAYLOAD)
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


def main() -> int:
    rank = OutOfMemoryRank()
    protect_pid1()
    import hook  # loaded here so that no child pays for it

    hook.preload()
    loop = Loop(rank)
    settle_memory()
    try:
        return loop.run()
    except frames.ProtocolError:
        return _EXIT_PROTOCOL
    except BrokenPipeError:
        return _EXIT_HOST_GONE
    finally:
        end_all_processes(1.0)

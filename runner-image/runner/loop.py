"""The event loop of PID 1: one thread, one call at a time, always reading."""

import gc
import os
import selectors
import time

from runner import frames
from runner.call import Call, not_loaded
from runner.cleanup import end_all_processes
from runner.link import Link
from runner.rehearsal import rehearse
from runner.system import OutOfMemoryRank, protect_pid1
from runner.worker import Worker

STDIN, STDOUT = 0, 1
GC_THRESHOLD = 50_000
#: After this long without a call a spare is made; sooner, it would only take the time of hooks that come close on.
QUIET_S = 0.01
EXIT_HOST_GONE, EXIT_PROTOCOL = 0, 70


class Loop:
    def __init__(self, rank: OutOfMemoryRank) -> None:
        self._rank = rank
        self._null = os.open('/dev/null', os.O_RDWR | os.O_CLOEXEC)
        self._selector = selectors.DefaultSelector()
        self._reader = frames.FrameReader()
        self._link = Link(STDOUT)
        self._code: bytes | None = None
        self._receiving: Call | None = None
        self._running: Call | None = None
        self._spare: Worker | None = None
        self._spare_at: float | None = None
        self._last_limits = (0, 0)
        self._writing = False
        self._open = True

    def run(self) -> int:
        for fd in (STDIN, STDOUT):
            os.set_blocking(fd, False)
        self._selector.register(STDIN, selectors.EVENT_READ, self._on_stdin)
        while self._open:
            for key, _ in self._selector.select(self._time_left()):
                key.data()
            if self._running and self._running.deadline and time.monotonic() >= self._running.deadline:
                self._running.expire()
            if self._spare_at and time.monotonic() >= self._spare_at:
                self._prepare()
            self._flush()
        return EXIT_HOST_GONE

    def _time_left(self) -> float | None:
        next_at = self._running.deadline if self._running else self._spare_at
        return None if next_at is None else max(0.0, next_at - time.monotonic())

    def _on_stdin(self) -> None:
        try:
            data = os.read(STDIN, frames.MAX_PAYLOAD)
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
        if kind == frames.WINDOW and len(payload) == frames.INCREMENT.size:
            self._link.grant(stream, frames.INCREMENT.unpack(payload)[0])
        elif kind == frames.CALL and stream == 0 and self._receiving is None and self._running is None:
            self._receiving = Call(payload)
        elif kind == frames.DATA and self._receiving is not None and stream == self._receiving.stream:
            self._on_request(self._receiving, payload, bool(flags & frames.FLAG_END))
        else:
            raise frames.ProtocolError('unexpected frame')

    def _on_request(self, call: Call, payload: bytes, end: bool) -> None:
        call.receive(payload, end)
        if call.complete:
            self._receiving = None
            self._start(call)
        else:
            credit = frames.INCREMENT.pack(len(payload))
            self._link.send_control(frames.frame(frames.WINDOW, call.stream, credit))

    def _start(self, call: Call) -> None:
        if call.op == frames.OP_HOOK and self._code is None:
            self._link.send_control(not_loaded(call.nonce))
            return
        self._hand_over(call)
        self._running = call
        for sink in call.sinks:
            self._selector.register(sink.fd, selectors.EVENT_READ, self._on_output)
        self._selector.register(call.pidfd, selectors.EVENT_READ, self._on_exit)

    def _hand_over(self, call: Call) -> None:
        """Gives the call to the spare process, if that fits and still lives, else to a fresh one."""
        spare, self._spare, self._spare_at = self._spare, None, None
        if spare and (spare.op, spare.limits) == (call.op, call.limits) and call.start(spare):
            return
        if spare:
            spare.discard()
        # If this one has ended as well, its exit tells why.
        call.start(self._fork(call.op, call.limits, spare=False))

    def _fork(self, op: int, limits: tuple[int, int], spare: bool) -> Worker:
        return Worker(op, self._code or b'', limits, spare, self._rank, self._null)

    def _on_output(self) -> None:
        call = self._running
        if call is None:
            return
        call.read()
        for sink in call.sinks:
            if (sink.closed or sink.over) and sink.fd in self._selector.get_map():
                self._selector.unregister(sink.fd)

    def _on_exit(self) -> None:
        call, self._running = self._running, None
        if call is None:
            return
        for fd in (call.pidfd, *(sink.fd for sink in call.sinks)):
            if fd in self._selector.get_map():
                self._selector.unregister(fd)
        result, reply, code = call.finish()
        if code:
            self._code = code
        if reply:
            self._link.send_stream(call.stream, reply)
        self._link.send_control(result)
        if self._code is not None:
            self._last_limits = call.limits
            self._spare_at = time.monotonic() + QUIET_S

    def _prepare(self) -> None:
        """Forks the process of the next hook: when nothing of the bot runs and nobody waits."""
        self._spare_at = None
        self._spare = self._fork(frames.OP_HOOK, self._last_limits, spare=True)
        rehearse()

    def _flush(self) -> None:
        blocked = self._link.flush()
        if blocked and not self._writing:
            self._selector.register(STDOUT, selectors.EVENT_WRITE, self._flush)
        elif self._writing and not blocked:
            self._selector.unregister(STDOUT)
        self._writing = blocked


def main() -> int:
    rank = OutOfMemoryRank()
    protect_pid1()
    import hook  # loaded here so that no child pays for it

    hook.preload()
    gc.collect()
    gc.freeze()
    # A collection in a child writes to what it looks at, and each page written is a page copied.
    gc.set_threshold(GC_THRESHOLD)
    try:
        return Loop(rank).run()
    except frames.ProtocolError:
        return EXIT_PROTOCOL
    except BrokenPipeError:
        return EXIT_HOST_GONE
    finally:
        end_all_processes(1.0)

"""One call: its request as it arrives, its process, its reply, and what came of it."""

import os
import signal
import time

from runner import frames
from runner.child import EXIT_MEMORY
from runner.cleanup import empty_workspace, end_all_processes
from runner.system import oom_kills
from runner.worker import Worker

CLEANUP_BUDGET_S = 0.2
CODE_CAP = 4 * 1024 * 1024


class Sink:
    """Collects what the child writes, up to a cap."""

    def __init__(self, fd: int, cap: int) -> None:
        self.fd = fd
        self.data = bytearray()
        self._cap = cap
        self.over = False
        self.closed = False

    def read(self) -> None:
        while not self.closed and not self.over:
            try:
                part = os.read(self.fd, frames.MAX_PAYLOAD)
            except BlockingIOError:
                return
            except OSError:
                part = b''
            self.data += part
            self.closed = not part
            self.over = len(self.data) > self._cap


class Call:
    """Receives its request until `complete`, then runs from `start` to `finish`."""

    def __init__(self, body: bytes) -> None:
        if len(body) != frames.CALL_BODY.size:
            raise frames.ProtocolError('bad call')
        fields = frames.CALL_BODY.unpack(body)
        self.nonce, self.op, _, _, self.stream, self._wall_ms, cpu_s = fields[:7]
        memory, self._reply_cap, self._request_len = fields[7:]
        self.limits = (memory, cpu_s)
        if self.op not in (frames.OP_LOAD, frames.OP_HOOK) or self._request_len > frames.MAX_REQUEST:
            raise frames.ProtocolError('bad call')
        self._request = bytearray()
        self._cause: int | None = None
        self.complete = False
        self.sinks: list[Sink] = []
        self._worker: Worker | None = None
        self.deadline: float | None = None

    def receive(self, payload: bytes, end: bool) -> None:
        self._request += payload
        if len(self._request) > self._request_len or self.complete:
            raise frames.ProtocolError('more than the request')
        if end:
            if len(self._request) != self._request_len:
                raise frames.ProtocolError('less than the request')
            self.complete = True

    def start(self, worker: Worker) -> bool:
        """Hands the request to the process of this call; False if that had ended already."""
        self._oom_before = oom_kills()
        self._started = time.monotonic()
        self.deadline = self._started + self._wall_ms / 1000
        self._worker = worker
        given = worker.give(bytes(self._request))
        caps = (self._reply_cap, CODE_CAP)
        self.sinks = [Sink(fd, cap) for fd, cap in zip(worker.fds, caps, strict=False)]
        return given

    @property
    def pidfd(self) -> int:
        return self._worker.pidfd

    def read(self) -> None:
        for sink in self.sinks:
            sink.read()
            if sink.over:
                self.kill(frames.CAUSE_REPLY_TOO_LARGE)

    def expire(self) -> None:
        self.kill(frames.CAUSE_TIMEOUT)

    def kill(self, cause: int) -> None:
        if self._cause is None:
            self._cause = cause
        self.deadline = None
        self._worker.kill()

    def finish(self) -> tuple[bytes, bytes, bytes]:
        """After the process has ended: clears everything away; the result frame, the reply, the code."""
        ended = time.monotonic()
        _, status, usage = os.wait4(self._worker.pid, 0)
        alone = end_all_processes(CLEANUP_BUDGET_S)
        self.read_last()
        empty = empty_workspace()
        cleanup = time.monotonic() - ended
        flags = frames.RESULT_RESIDUE if not alone or not empty or cleanup > CLEANUP_BUDGET_S else 0
        cause, detail = self._judge(status)
        flags |= frames.RESULT_OOM if self._ran_out(status) else 0
        reply = bytes(self.sinks[0].data) if cause == frames.CAUSE_OK else b''
        result = frames.RESULT_BODY.pack(
            self.nonce, cause, flags, 0, detail, micros(ended - self._started),
            micros(usage.ru_utime + usage.ru_stime), usage.ru_maxrss, len(reply), micros(cleanup))
        code = bytes(self.sinks[1].data) if len(self.sinks) > 1 and cause == frames.CAUSE_OK else b''
        return frames.frame(frames.RESULT, 0, result), reply, code

    def read_last(self) -> None:
        for sink in self.sinks:
            sink.read()
            if sink.over and self._cause is None:
                self._cause = frames.CAUSE_REPLY_TOO_LARGE
        self._worker.close()

    def _judge(self, status: int) -> tuple[int, int]:
        if self._cause is not None:
            return self._cause, 0
        if os.WIFSIGNALED(status):
            by = os.WTERMSIG(status)
            return (frames.CAUSE_TIMEOUT if by == signal.SIGXCPU else frames.CAUSE_SIGNALLED), by
        code = os.WEXITSTATUS(status)
        if code == EXIT_MEMORY:
            return frames.CAUSE_MEMORY, code
        if code or not self.sinks[0].data:
            return frames.CAUSE_EXITED, code
        return frames.CAUSE_OK, 0

    def _ran_out(self, status: int) -> bool:
        now = oom_kills()
        if now is None or self._oom_before is None:
            return self._cause is None and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        return now > self._oom_before


def not_loaded(nonce: bytes) -> bytes:
    body = frames.RESULT_BODY.pack(nonce, frames.CAUSE_NOT_LOADED, 0, 0, 0, 0, 0, 0, 0, 0)
    return frames.frame(frames.RESULT, 0, body)


def micros(seconds: float) -> int:
    return min(int(seconds * 1_000_000), 0xFFFFFFFF)

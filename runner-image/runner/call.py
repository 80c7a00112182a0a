"""One call: its request as it arrives, its process, its reply, and what came of it."""

import os
import signal
import socket
import time

from runner import frames
from runner.child import EXIT_MEMORY, run_child
from runner.cleanup import empty_workspace, end_all_processes
from runner.system import OutOfMemoryRank, oom_kills

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
        self.nonce, self.op, _, _, self.stream, self._wall_ms, self._cpu_s = fields[:7]
        self._memory, self._reply_cap, self._request_len = fields[7:]
        if self.op not in (frames.OP_LOAD, frames.OP_HOOK) or self._request_len > frames.MAX_REQUEST:
            raise frames.ProtocolError('bad call')
        self._request = bytearray()
        self._cause: int | None = None
        self.complete = False
        self.sinks: list[Sink] = []
        self.pidfd = -1
        self.deadline: float | None = None

    def receive(self, payload: bytes, end: bool) -> None:
        self._request += payload
        if len(self._request) > self._request_len or self.complete:
            raise frames.ProtocolError('more than the request')
        if end:
            if len(self._request) != self._request_len:
                raise frames.ProtocolError('less than the request')
            self.complete = True

    def start(self, code: bytes, rank: OutOfMemoryRank, null: int) -> None:
        """Forks the process of this call; null is an open /dev/null for it."""
        mine, theirs = socket.socketpair()
        fds, childs = [mine.detach()], [theirs.detach()]
        if self.op == frames.OP_LOAD:
            reader, writer = os.pipe()
            fds.append(reader)
            childs.append(writer)
        self._oom_before = oom_kills()
        self._started = time.monotonic()
        self.deadline = self._started + self._wall_ms / 1000
        self._pid = rank.fork()
        if self._pid == 0:
            request = bytes(self._request)
            run_child(self.op, code, request, tuple(childs), null, self._memory, self._cpu_s)
        self.pidfd = os.pidfd_open(self._pid)
        for fd in childs:
            os.close(fd)
        for fd in fds:
            os.set_blocking(fd, False)
        caps = (self._reply_cap, CODE_CAP)
        self.sinks = [Sink(fd, cap) for fd, cap in zip(fds, caps, strict=False)]

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
        os.kill(self._pid, signal.SIGKILL)

    def finish(self) -> tuple[bytes, bytes, bytes]:
        """After the process has ended: clears everything away; the result frame, the reply, the code."""
        ended = time.monotonic()
        _, status, usage = os.wait4(self._pid, 0)
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
            os.close(sink.fd)
        os.close(self.pidfd)

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

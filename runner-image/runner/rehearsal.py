"""A fork makes every page of PID 1 one to copy when it is written next. Better now than during a call."""

import os
from _socket import SHUT_WR, socketpair

from runner import frames
from runner.cleanup import kill_all
from runner.loop import Loop
from runner.worker import Kind, Usage

_NONCE = bytes(frames.NONCE_BYTES)
_REQUEST = _REPLY = _CODE = b'x' * 500
_WALL_MS = 3_600_000


class _NoProcess:
    """A worker that does what it is told to."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.asked = self.code_fd = None
        self.reply, self._other = socketpair()
        self.reply.setblocking(False)
        self.pidfd, self._life = os.pipe()
        self._ended = False
        if kind.op == frames.OP_LOAD:
            self.code_fd, code_end = os.pipe()
            os.write(code_end, _CODE)
            os.close(code_end)

    def answer_and_end(self) -> None:
        self._other.recv(frames.MAX_PAYLOAD)
        self._other.send(_REPLY)
        self._other.shutdown(SHUT_WR)
        self._ended = True
        os.close(self._life)

    def wait(self) -> tuple[int, Usage] | None:
        return (0, Usage(0, 0)) if self._ended else None

    def close(self) -> None:
        self.reply.close()
        self._other.close()
        if self.code_fd is not None:
            os.close(self.code_fd)


class _NoProcesses:
    """Nothing is forked and nothing ended: the spare of the real ones lives beside this."""

    def __init__(self) -> None:
        self.last: _NoProcess | None = None

    def fork(self, kind: Kind, code: bytes, spare: bool) -> _NoProcess:
        self.last = _NoProcess(kind)
        return self.last

    def kill(self) -> None:
        kill_all(by=0)

    def clear(self, budget_s: float) -> bool:
        return True


class Rehearsal:
    """A second loop with neither host nor processes, which goes through whole calls; the workspace is empty."""

    def __init__(self) -> None:
        ours, self._host = os.pipe()
        self._processes = _NoProcesses()
        self._loop = Loop(ours, os.open('/dev/null', os.O_WRONLY | os.O_CLOEXEC), self._processes)
        self._stream = -1
        os.write(self._host, frames.MAGIC + frames.HELLO_BODY.pack(_NONCE, frames.VERSION))
        self._call(frames.OP_LOAD)
        self.play()

    def play(self) -> None:
        """One hook from its call frame to its clean frame."""
        self._call(frames.OP_HOOK)

    def _call(self, op: int) -> None:
        self._stream += 2
        call = frames.CALL_BODY.pack(
            _NONCE, op, 0, 0, self._stream, _WALL_MS, 1, 1, 2 * len(_REPLY), len(_REQUEST))
        os.write(self._host, frames.frame(frames.CALL, 0, call)
                 + frames.frame(frames.DATA, self._stream, _REQUEST, frames.FLAG_END))
        self._loop.turn()
        self._processes.last.answer_and_end()
        # Both of its events are there: this turn does not wait, and ends with nothing left to do.
        self._loop.turn()

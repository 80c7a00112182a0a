"""A process forked for one call. It may wait for its request, so that the call need not wait for it."""

import os
import signal
import socket

from runner import frames
from runner.child import run_child
from runner.system import OutOfMemoryRank


class Worker:
    """Forks at once; does nothing of its bot's until `give` hands it the request."""

    def __init__(
        self, op: int, code: bytes, limits: tuple[int, int], spare: bool, rank: OutOfMemoryRank, null: int
    ) -> None:
        """`limits` are bytes of memory and seconds of CPU; a spare warms up; `null` is an open /dev/null."""
        self.op = op
        self.limits = limits
        self._socket, theirs = socket.socketpair()
        childs = [theirs.detach()]
        self.code_fd: int | None = None
        if op == frames.OP_LOAD:
            self.code_fd, writer = os.pipe()
            childs.append(writer)
        self.pid = rank.fork()
        if self.pid == 0:
            run_child(op, code, tuple(childs), null, spare, *limits)
        self.pidfd = os.pidfd_open(self.pid)
        for fd in childs:
            os.close(fd)

    @property
    def fds(self) -> list[int]:
        """Where the reply comes from, and for a load the code."""
        return [self._socket.fileno(), *([] if self.code_fd is None else [self.code_fd])]

    def give(self, request: bytes) -> bool:
        """Starts the call; False if the process has ended before. It reads all before it runs anything."""
        try:
            self._socket.sendall(frames.INCREMENT.pack(len(request)) + request)
            return True
        except OSError:
            return False
        finally:
            for fd in self.fds:
                os.set_blocking(fd, False)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def discard(self) -> None:
        """Ends a process that was given nothing."""
        self.kill()
        os.waitpid(self.pid, 0)
        self.close()

    def close(self) -> None:
        self._socket.close()
        if self.code_fd is not None:
            os.close(self.code_fd)
        os.close(self.pidfd)

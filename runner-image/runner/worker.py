"""A process forked for one call. It may wait for its request, so that the call need not wait for it."""

import os
from _socket import socket, socketpair
from typing import NamedTuple

from runner import frames
from runner.child import Ends, run_child
from runner.cleanup import end_all_processes, kill_all
from runner.connections import asking_pair
from runner.exits import exit_descriptor, forget_signals
from runner.system import OutOfMemoryRank


class Kind(NamedTuple):
    """What a process is made for."""

    op: int
    memory: int
    cpu_s: int
    #: It may ask for connections.
    connects: bool


class Usage(NamedTuple):
    """Of a process that has ended, and of those that it waited for."""

    cpu_s: float
    rss_kib: int


class Worker:
    """Forks at once; does nothing of its bot's until it gets its request."""

    def __init__(self, kind: Kind, code: bytes, spare: bool, rank: OutOfMemoryRank, null: int) -> None:
        """A spare warms up while it waits; `null` is an open /dev/null."""
        self.kind = kind
        self.reply, theirs = socketpair()
        self.code_fd = code_end = None
        self.asked: socket | None = None
        asking = None
        if kind.op == frames.OP_LOAD:
            self.code_fd, code_end = os.pipe()
        if kind.connects:
            self.asked, asking = asking_pair()
        self.pid = rank.fork()
        if self.pid == 0:
            forget_signals()
            run_child(kind.op, code, Ends(theirs, code_end, asking), null, spare, kind.memory, kind.cpu_s)
        self.pidfd = exit_descriptor(self.pid)
        self.reply.setblocking(False)
        theirs.close()
        if code_end is not None:
            os.set_blocking(self.code_fd, False)
            os.close(code_end)
        if asking is not None:
            asking.close()

    def wait(self) -> tuple[int, Usage] | None:
        """Status and usage once it has ended; None if it still runs."""
        pid, status, usage = os.wait4(self.pid, os.WNOHANG)
        return (status, Usage(usage.ru_utime + usage.ru_stime, usage.ru_maxrss)) if pid else None

    def discard(self) -> None:
        """Ends a process that was given nothing."""
        kill_all()
        os.waitpid(self.pid, 0)
        self.close()
        os.close(self.pidfd)

    def close(self) -> None:
        """All but the pidfd, which tells of its end."""
        self.reply.close()
        if self.code_fd is not None:
            os.close(self.code_fd)
            self.code_fd = None
        if self.asked is not None:
            self.asked.close()


class Processes:
    """Makes and ends the processes of the container; PID 1 is not one of them."""

    def __init__(self, rank: OutOfMemoryRank) -> None:
        self._rank = rank
        self._null = os.open('/dev/null', os.O_RDWR | os.O_CLOEXEC)

    def fork(self, kind: Kind, code: bytes, spare: bool) -> Worker:
        return Worker(kind, code, spare, self._rank, self._null)

    def kill(self) -> None:
        kill_all()

    def clear(self, budget_s: float) -> bool:
        """Ends and reaps them all; False if something is still there after the budget."""
        return end_all_processes(budget_s)

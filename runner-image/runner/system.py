"""What the kernel is asked for: how PID 1 protects itself, how a child is held, what ran out of memory."""

import ctypes
import gc
import os
import resource
import signal

_PR_SET_DUMPABLE = 4
_libc = ctypes.CDLL(None, use_errno=True)

_GC_THRESHOLD = 50_000
_OOM_COUNTERS = (
    ('/sys/fs/cgroup/memory.events', b'oom_kill'),
    ('/sys/fs/cgroup/memory/memory.oom_control', b'oom_kill'),
)


def protect_pid1() -> None:
    """Nobody may read PID 1's memory or open its pipes by /proc/1, nor end it by a signal.

    A signal from inside reaches the init of a pid namespace only where it has a handler, and
    Python installs one for SIGINT. What this cannot stop: prlimit(1, ...) by the same uid.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if _libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), 'prctl')


def settle_memory() -> None:
    """Keeps the collector off what is there now.

    A collection in a child writes to what it looks at, and each page written is a page copied.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD)


class OutOfMemoryRank:
    """Has the kernel take a bot's process first when memory runs out, not PID 1.

    A child inherits the rank, so PID 1 takes the worst one for as long as a fork lasts. The file is
    opened while PID 1 is still dumpable: afterwards it would be root's.
    """

    def __init__(self) -> None:
        self._fd = os.open('/proc/self/oom_score_adj', os.O_WRONLY | os.O_CLOEXEC)

    def fork(self) -> int:
        os.write(self._fd, b'1000')
        pid = os.fork()
        if pid:
            os.write(self._fd, b'0')
        return pid


def confine_child(memory_bytes: int, cpu_seconds: int) -> None:
    """Limits that only this call has; those of every process are the container's ulimits."""
    os.setsid()
    os.nice(10)  # PID 1's clock must win against whatever the bot starts.
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))


class OutOfMemoryCount:
    """How many processes of the container the kernel has killed for want of memory."""

    def __init__(self) -> None:
        self._fd: int | None = None
        for path, name in _OOM_COUNTERS:
            try:
                fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            except OSError:
                continue
            self._fd, self._name = fd, name
            break
        self._text = self._read()

    def moved(self) -> bool | None:
        """True if it has grown since it was asked last; None where the kernel does not tell."""
        if self._fd is None:
            return None
        before, self._text = self._text, self._read()
        return before != self._text and _field(before, self._name) < _field(self._text, self._name)

    def _read(self) -> bytes:
        return b'' if self._fd is None else os.pread(self._fd, 4096, 0)


def _field(text: bytes, name: bytes) -> int:
    fields = text.split()
    return int(fields[fields.index(name) + 1]) if name in fields else 0

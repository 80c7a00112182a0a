"""What the kernel is asked for: how PID 1 protects itself, how a child is held, what ran out of memory."""

import ctypes
import os
import resource
import signal

_PR_SET_DUMPABLE = 4
_libc = ctypes.CDLL(None, use_errno=True)

_OOM_COUNTERS = (
    ('/sys/fs/cgroup/memory.events', b'oom_kill'),
    ('/sys/fs/cgroup/memory/memory.oom_control', b'oom_kill'),
)


def set_dumpable(on: bool) -> None:
    if _libc.prctl(_PR_SET_DUMPABLE, int(on), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), 'prctl')


def protect_pid1() -> None:
    """Nobody may read PID 1's memory or open its pipes by /proc/1, nor end it by a signal.

    A signal from inside reaches the init of a pid namespace only where it has a handler, and
    Python installs one for SIGINT. What this cannot stop: prlimit(1, ...) by the same uid.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    set_dumpable(False)


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


def oom_kills() -> int | None:
    """Processes that the memory cgroup has killed so far; None where the kernel does not tell."""
    for path, name in _OOM_COUNTERS:
        try:
            with open(path, 'rb', buffering=0) as file:
                fields = file.read(4096).split()
        except OSError:
            continue
        if name in fields[:-1]:
            return int(fields[fields.index(name) + 1])
    return None

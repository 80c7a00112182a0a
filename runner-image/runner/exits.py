"""How PID 1 learns that a child has ended, where kernels differ."""

import errno
import os
import signal

_signals: int | None = None


def exit_descriptor(pid: int) -> int:
    """Readable once the child has ended; it may be so before, so look.

    gVisor had no pidfd_open for long: there, the kernel's signal does, which a bot may send as well.
    """
    try:
        return os.pidfd_open(pid)
    except OSError as error:
        if error.errno != errno.ENOSYS:
            raise
    return os.dup(_signal_pipe())


def take_signals() -> None:
    """Before a look: what comes later is seen later. A pidfd needs none of this."""
    try:
        while _signals is not None and os.read(_signals, 4096):
            pass
    except BlockingIOError:
        pass


def forget_signals() -> None:
    """In a child: the descriptor's number may soon be another's."""
    if _signals is not None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def _signal_pipe() -> int:
    global _signals
    if _signals is None:
        _signals, end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(end, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
    return _signals

"""After a call nothing of it may be left: no process, no file."""

import os
import signal
import stat
import time

WORKSPACE = '/workspace'
_ZERO_TIMES = (0, 0)


def kill_all(by: int = signal.SIGKILL) -> bool:
    """Kills everything but PID 1; False if nothing else is there."""
    try:
        os.kill(-1, by)
        return True
    except ProcessLookupError:
        return False


def end_all_processes(budget_s: float) -> bool:
    """Kills and reaps everything but PID 1; False if something is still there after the budget."""
    deadline = time.monotonic() + budget_s
    while kill_all():
        if _reap() and time.monotonic() >= deadline:
            return False
    return True


def _reap() -> bool:
    """Takes what has ended; True if some are left, after a short rest for them to end in."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
    else:
        time.sleep(0.0005)
        return True
    return _anyone_left()


def _anyone_left() -> bool:
    try:
        os.kill(-1, 0)
    except ProcessLookupError:
        return False
    time.sleep(0.0005)
    return True


def empty_workspace(root: str = WORKSPACE) -> bool:
    """Removes everything below root and what a bot may have noted on root itself.

    Subdirectories are moved up before they are emptied, so that depth costs neither stack nor
    file descriptors. Nothing follows a symlink: every name is used below an opened directory.
    """
    os.chmod(root, 0o700)
    top = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        moved = 0
        while names := os.listdir(top):
            for name in names:
                moved = _remove(top, name, moved)
        for attribute in os.listxattr(top):
            os.removexattr(top, attribute)
        os.utime(top, ns=_ZERO_TIMES)
        return True
    except OSError:
        return False
    finally:
        os.close(top)


def _remove(top: int, name: str, moved: int) -> int:
    if not stat.S_ISDIR(os.stat(name, dir_fd=top, follow_symlinks=False).st_mode):
        os.unlink(name, dir_fd=top)
        return moved
    os.chmod(name, 0o700, dir_fd=top)
    inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=top)
    try:
        for child in os.listdir(inner):
            if stat.S_ISDIR(os.stat(child, dir_fd=inner, follow_symlinks=False).st_mode):
                # Moving a directory writes its `..`, so it must be writable itself.
                os.chmod(child, 0o700, dir_fd=inner)
                moved = _move_up(inner, child, top, moved)
            else:
                os.unlink(child, dir_fd=inner)
    finally:
        os.close(inner)
    os.rmdir(name, dir_fd=top)
    return moved


def _move_up(inner: int, child: str, top: int, moved: int) -> int:
    while True:
        moved += 1
        try:
            os.stat(f'{moved}', dir_fd=top, follow_symlinks=False)
        except FileNotFoundError:
            os.rename(child, f'{moved}', src_dir_fd=inner, dst_dir_fd=top)
            return moved

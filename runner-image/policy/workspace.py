"""`open` for bots: plain files directly in or under the workspace, no links followed."""

import os
import stat

from .writing import read_only

_MODES = {"r": os.O_RDONLY, "w": os.O_WRONLY | os.O_CREAT | os.O_TRUNC, "a": os.O_WRONLY | os.O_CREAT | os.O_APPEND,
          "x": os.O_WRONLY | os.O_CREAT | os.O_EXCL}  # fmt: skip
_SAFE = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


@read_only
class WorkspaceFile:
    """An open file of the workspace: the usual methods, and no way to what lies beneath."""

    __slots__ = ('_file', 'name')

    def __init__(self, file, name):
        self._file = file
        self.name = name

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self._file.close()

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._file)

    @property
    def closed(self):
        return self._file.closed


def _relay(name):
    def method(self, *args):
        return getattr(self._file, name)(*args)

    method.__name__ = name
    return method


for (
    _name
) in 'read readline readlines write writelines seek tell truncate flush close readable writable'.split():
    setattr(WorkspaceFile, _name, _relay(_name))


def workspace_open(root: str):
    """`open` for the workspace at `root`: relative names, or absolute ones below it."""

    def open(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None):
        kind = mode.replace('b', '').replace('t', '').replace('+', '') if type(mode) is str else None
        if kind not in _MODES:
            raise ValueError(f'mode {mode!r} is not one of r, w, a, x, with b or +')
        flags = _MODES[kind]
        if '+' in mode:
            flags = flags & ~os.O_WRONLY | os.O_RDWR
        descriptor = _open_below(root, _parts(root, file), flags | _SAFE)
        binary = 'b' in mode
        raw = os.fdopen(descriptor, mode.replace("x", "w"), encoding=None if binary else encoding or "utf-8",
                        errors=errors, newline=newline)  # fmt: skip
        return WorkspaceFile(raw, file)

    return open


def _parts(root: str, file) -> list[str]:
    if type(file) is not str or not root:
        raise PermissionError('bots open files of their workspace by name only')
    below = file.removeprefix(root.rstrip('/') + '/')
    parts = [part for part in below.split('/') if part not in ('', '.')]
    if below.startswith('/') or '..' in parts or not parts:
        raise PermissionError('bots open files of their workspace only')
    return parts


def _open_below(root: str, parts: list[str], flags: int) -> int:
    """Walks down one directory at a time, so that no link on the way is followed."""
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts[:-1]:
            deeper = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            os.close(folder)
            folder = deeper
        descriptor = os.open(parts[-1], flags, 0o600, dir_fd=folder)
    finally:
        os.close(folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise PermissionError('bots open plain files only')
    return descriptor

"""What runs in the process forked for one call. Nothing here returns to PID 1's code."""

import json
import os

from runner import frames
from runner.system import confine_child

EXIT_MEMORY = 101
EXIT_RAISED = 102
EXIT_RUNNER = 103

_MAX_FD = 65536


def run_child(
    op: int, code: bytes, keep: tuple[int, ...], null: int, spare: bool, memory: int, cpu_s: int
) -> None:
    """Reads the request from keep[0], answers there (a load's code on keep[1]), and ends the process."""
    status = EXIT_RUNNER
    try:
        _close_all_but(keep, null)
        confine_child(memory, cpu_s)
        if op == frames.OP_LOAD:
            _load(_read_request(keep[0]), keep)
        else:
            _hook(code, keep[0], spare)
        status = 0
    except MemoryError:
        status = EXIT_MEMORY
    except BaseException as error:  # noqa: BLE001 - whatever the bot raised, this process ends here
        status = EXIT_RAISED if isinstance(error, SystemExit | KeyboardInterrupt) else EXIT_RUNNER
    finally:
        os._exit(status)


def _close_all_but(keep: tuple[int, ...], null: int) -> None:
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    at = 3
    for fd in sorted(keep):
        os.closerange(at, fd)
        at = fd + 1
    os.closerange(at, _MAX_FD)


def _load(source: bytes, keep: tuple[int, ...]) -> None:
    import policy

    try:
        code, about = policy.load(source.decode('utf-8'))
        answer = {'ok': about}
    except policy.PolicyError as error:
        code, answer = b'', {'refused': {'line': error.line, 'message': error.message}}
    _write_all(keep[1], code)
    _write_all(keep[0], json.dumps(answer).encode('utf-8'))


def _hook(code: bytes, fd: int, spare: bool) -> None:
    from hook import run, warm

    if spare:
        # While nobody waits yet: copies the pages that the hook is going to write.
        warm()
    _write_all(fd, run(code, _read_request(fd)))


def _read_request(fd: int) -> bytes:
    size = frames.INCREMENT.unpack(_read_exactly(fd, frames.INCREMENT.size))[0]
    return bytes(_read_exactly(fd, size))


def _read_exactly(fd: int, size: int) -> bytearray:
    data = bytearray()
    while len(data) < size:
        part = os.read(fd, size - len(data))
        if not part:
            os._exit(EXIT_RUNNER)
        data += part
    return data


def _write_all(fd: int, data: bytes) -> None:
    left = memoryview(data)
    while len(left):
        left = left[os.write(fd, left):]

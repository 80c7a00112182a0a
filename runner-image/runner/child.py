"""What runs in the process forked for one call. Nothing here returns to PID 1's code."""

import json
import os
import select
import sys
from _socket import SHUT_WR, socket, socketpair
from typing import NamedTuple

from runner import frames
from runner.system import confine_child

EXIT_MEMORY = 101
EXIT_RAISED = 102
EXIT_RUNNER = 103

_MAX_FD = 65536
#: A spare warms up after so long without a request: while hooks come close on, that time is better theirs.
_QUIET_MS = 10


class Ends(NamedTuple):
    """What the process holds of PID 1's: all its descriptors but the standard ones."""

    reply: socket
    code: int | None
    asking: socket | None

    @property
    def fds(self) -> list[int]:
        return sorted([self.reply.fileno(), *([] if self.code is None else [self.code]),
                       *([] if self.asking is None else [self.asking.fileno()])])


def run_child(op: int, code: bytes, ends: Ends, null: int, spare: bool, memory: int, cpu_s: int) -> None:
    """Reads the request from `ends.reply`, answers there (a load's code on `ends.code`), and ends the process."""
    status = EXIT_RUNNER
    try:
        _close_all_but(ends.fds, null)
        confine_child(memory, cpu_s)
        _install_network(ends.asking)
        if op == frames.OP_LOAD:
            _load(_read_request(ends.reply.fileno()), ends)
        else:
            _hook(code, ends.reply, spare)
        status = 0
    except MemoryError:
        status = EXIT_MEMORY
    except BaseException as error:  # noqa: BLE001 - whatever the bot raised, this process ends here
        status = EXIT_RAISED if isinstance(error, SystemExit | KeyboardInterrupt) else EXIT_RUNNER
    finally:
        os._exit(status)


def _close_all_but(keep: list[int], null: int) -> None:
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    at = 3
    for fd in keep:
        os.closerange(at, fd)
        at = fd + 1
    os.closerange(at, _MAX_FD)


def _install_network(asking: socket | None) -> None:
    """Where network modules are loaded their sockets ask for connections, or know that there are none."""
    if asking is None and 'net' not in sys.modules:
        return
    import net  # here, so that the processes of other bots do not pay for it

    net.install(None if asking is None else asking.fileno())


def _load(source: bytes, ends: Ends) -> None:
    import policy

    try:
        code, about = policy.load(source.decode('utf-8'))
        answer = {'ok': about}
    except policy.PolicyError as error:
        code, answer = b'', {'refused': {'line': error.line, 'message': error.message}}
    _write_all(ends.code, code)
    _reply(ends.reply, json.dumps(answer).encode('utf-8'))


def _hook(code: bytes, reply: socket, spare: bool) -> None:
    from hook import run, warm

    if spare and not _asked_within(reply.fileno(), _QUIET_MS):
        # While nobody waits yet: copies the pages that the hook is going to write.
        warm()
        _rehearse()
    _reply(reply, run(code, _read_request(reply.fileno())))


def _rehearse() -> None:
    """Reads and writes once what is no request and no reply."""
    mine, other = socketpair()
    _write_all(other.fileno(), frames.INCREMENT.pack(1024) + bytes(1024))
    _reply(mine, _read_request(mine.fileno()))
    mine.close()
    other.close()


def _asked_within(fd: int, ms: int) -> bool:
    waiting = select.poll()
    waiting.register(fd, select.POLLIN)
    return bool(waiting.poll(ms))


def _reply(to: socket, data: bytes) -> None:
    _write_all(to.fileno(), data)
    # Tells PID 1 that this was all, before the process takes its time to end.
    to.shutdown(SHUT_WR)


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

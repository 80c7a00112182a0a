"""Asking PID 1 for a connection, and what the host says to it (docs/runner-protocol.md, Connections)."""

import _socket
import errno
import json
import os
import time
from _thread import allocate_lock
from collections.abc import Iterator
from contextlib import contextmanager

#: Bytes of a question.
MAX_QUESTION = 512
#: A connect that was told to wait for nothing waits this long all the same, s.
PATIENCE_S = 10.0
_FD_BYTES = 4
_GRANTED = b'+'

_lock = allocate_lock()
#: The socket to PID 1, where this process has one.
_pid1: list[_socket.socket | None] = [None]


class NetworkOff(OSError):
    """The bot's manifest gives it no network."""

    def __init__(self):
        super().__init__(errno.ENETUNREACH, "this bot has no network: its manifest says network 'off'")


def install(fd: int | None) -> None:
    """Takes the SOCK_SEQPACKET socket on which PID 1 is asked; None for a process without a network."""
    _pid1[0] = None if fd is None else _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET, 0, fd)


@contextmanager
def instead(asked: _socket.socket) -> Iterator[None]:
    """Another socket in the place of the one to PID 1, for as long as the block lasts."""
    kept, _pid1[0] = _pid1[0], asked
    try:
        yield
    finally:
        _pid1[0] = kept


def require_network() -> None:
    """Raises NetworkOff where there is nobody to ask."""
    if _pid1[0] is None:
        raise NetworkOff


def connect(host: str, port: int, timeout: float | None) -> tuple[int, str, int]:
    """Has the host dial; answers the stream's descriptor, and the address and port that were dialled.

    Raises OSError, PermissionError, ConnectionError, TimeoutError or gaierror, as the real connect does.
    """
    deadline = None if timeout is None else time.monotonic() + (timeout or PATIENCE_S)
    fd = _ask(host, port)
    try:
        answer = json.loads(_read_answer(fd, deadline))
        if 'ok' not in answer:
            raise _refusal(answer['error'], answer['message'])
        return fd, answer['ok']['address'], answer['ok']['port']
    except BaseException:
        os.close(fd)
        raise


def _ask(host: str, port: int) -> int:
    question = json.dumps({'host': host, 'port': port}).encode()
    if len(question) > MAX_QUESTION:
        raise OSError(errno.ENAMETOOLONG, 'the host name is too long')
    with _lock:
        require_network()
        _pid1[0].send(question)
        answer, passed, _, _ = _pid1[0].recvmsg(1, _socket.CMSG_SPACE(_FD_BYTES))
    if answer != _GRANTED or not passed:
        raise OSError(errno.EMFILE, 'too many connections are open')
    fd = int.from_bytes(passed[0][2][:_FD_BYTES], 'little')
    os.set_inheritable(fd, False)
    return fd


def _read_answer(fd: int, deadline: float | None) -> bytes:
    # A duplicate, since the object closes what it holds.
    stream = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM, 0, os.dup(fd))
    # It has the timeout that new sockets have in this process.
    stream.settimeout(None)
    try:
        size = int.from_bytes(_read(stream, 2, deadline))
        return _read(stream, size, deadline)
    finally:
        stream.close()


def _read(stream: _socket.socket, size: int, deadline: float | None) -> bytes:
    data = b''
    while len(data) < size:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError('timed out')
            stream.settimeout(left)
        part = stream.recv(size - len(data))
        if not part:
            raise ConnectionResetError(errno.ECONNRESET, 'the connection was ended before it was made')
        data += part
    return data


def _refusal(outcome: str, message: str) -> OSError:
    if outcome in ('denied_host', 'denied_port', 'denied_address'):
        return PermissionError(errno.EACCES, message)
    if outcome == 'not_resolved':
        return _socket.gaierror(_socket.EAI_NONAME, message)
    if outcome == 'not_connected':
        return ConnectionRefusedError(errno.ECONNREFUSED, message)
    if outcome == 'over_limit':
        return OSError(errno.ECONNABORTED, message)
    return ConnectionResetError(errno.ECONNRESET, message)

"""TCP sockets whose bytes go through the container's pipe."""

import _socket
import errno
import os
import socket as module

from . import asking, names

#: Below, `type` is an argument.
_type_of = type
_FAMILIES = (_socket.AF_INET, _socket.AF_INET6)
_ANY = {_socket.AF_INET: ('0.0.0.0', 0), _socket.AF_INET6: ('::', 0, 0, 0)}
#: The descriptors that were made here, and where each leads once it is connected. By descriptor, for ssl
#: moves it into another object.
_peers: dict[int, tuple[str, int] | None] = {}


class TunnelSocket(module.socket):
    """`socket.socket` as bots have it: TCP, outward only. Underneath is a unix stream that the runner carries.

    `fileno` adopts descriptors of these sockets only, as ssl does; no other that the process has open.
    """

    def __init__(self, family=-1, type=-1, proto=-1, fileno=None):
        if fileno is None:
            family = _socket.AF_INET if family == -1 else family
            type = _socket.SOCK_STREAM if type == -1 else type & 0xF
            if family not in _FAMILIES:
                raise OSError(errno.EAFNOSUPPORT, 'bots have AF_INET and AF_INET6 only')
            if type != _socket.SOCK_STREAM:
                raise OSError(errno.EPROTONOSUPPORT, 'bots have TCP only')
            fileno = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM).detach()
            _peers[fileno] = None
        # Exactly an int: an object of the bot's may equal one descriptor here and be another below.
        elif _type_of(fileno) is not int or fileno not in _peers:
            raise PermissionError(errno.EACCES, 'a socket takes over nothing but sockets')
        super().__init__(family, type, proto, fileno)

    def __del__(self):
        # The C code would close the descriptor, and its number would still be known here.
        self._real_close()

    def connect(self, address):
        at = _number(self)
        if at not in _peers:
            raise OSError(errno.EBADF, 'the socket is closed')
        if _peers[at]:
            raise OSError(errno.EISCONN, 'the socket is connected')
        host, port = _host_and_port(address)
        fd, *peer = asking.connect(names.name_behind(host), port, self.gettimeout())
        try:
            os.dup2(fd, at, inheritable=False)
        finally:
            os.close(fd)
        # What blocks and what does not is noted on the stream, and this is another one now.
        self.settimeout(self.gettimeout())
        _peers[at] = (peer[0], peer[1])

    def connect_ex(self, address):
        try:
            self.connect(address)
        except _socket.gaierror:
            raise
        except TimeoutError:
            return errno.EAGAIN
        except OSError as error:
            return error.errno or errno.EIO
        return 0

    def getpeername(self):
        peer = _peers.get(_number(self))
        if not peer:
            raise OSError(errno.ENOTCONN, 'the socket is not connected')
        address, port = peer
        return (address, port, 0, 0) if ':' in address else (address, port)

    def getsockname(self):
        return _ANY.get(self.family, _ANY[_socket.AF_INET])

    def setsockopt(self, level, option, *value):
        """Options of TCP and IP are taken and of no effect: the host's socket has its own."""
        if level == _socket.SOL_SOCKET:
            super().setsockopt(level, option, *value)

    def getsockopt(self, level, option, *size):
        if level == _socket.SOL_SOCKET:
            return super().getsockopt(level, option, *size)
        return bytes(size[0]) if size else 0

    def bind(self, address, /):
        """Any port will do: the host's socket has its own. A port to be found at is for those who listen."""
        if address[1] != 0:
            raise PermissionError(errno.EACCES, 'bots cannot listen')

    def listen(self, *backlog):
        raise PermissionError(errno.EACCES, 'bots cannot listen')

    def accept(self):
        raise PermissionError(errno.EACCES, 'bots cannot listen')

    def sendto(self, *arguments):
        raise OSError(errno.EPROTONOSUPPORT, 'bots have TCP only')

    def sendmsg(self, *arguments):
        raise OSError(errno.EPROTONOSUPPORT, 'bots send with send and sendall')

    def dup(self):
        raise OSError(errno.EMFILE, 'bots cannot duplicate a socket')

    def _real_close(self, *arguments):
        _peers.pop(_number(self), None)
        super()._real_close(*arguments)


def _number(one: TunnelSocket) -> int:
    """Its descriptor, whatever a bot's class says that it is."""
    return _socket.socket.fileno(one)


def _host_and_port(address) -> tuple[str, int]:
    if not isinstance(address, tuple) or tuple.__len__(address) < 2:
        raise TypeError('connect() takes (host, port)')
    host, port = names.plain_text(tuple.__getitem__(address, 0)), tuple.__getitem__(address, 1)
    if not isinstance(port, int):
        raise TypeError('connect() takes (host, port): a string and an integer')
    port = int.__index__(port)
    if not 0 <= port <= 65535:
        raise OverflowError('connect(): port must be 0-65535.')
    return (host if host.isascii() else host.encode('idna').decode('ascii')), port

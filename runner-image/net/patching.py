"""Puts our sockets and lookups in the place of the real ones."""

import _socket
import socket as module
import sys

from . import asking, names

_done: list[bool] = []


def load() -> None:
    """Replaces what the socket module offers, once. Before ssl is imported, whose sockets extend them."""
    if _done:
        return
    if 'ssl' in sys.modules:
        raise RuntimeError('ssl was imported before net.load(): its sockets would not be ours')
    _done.append(True)
    from .tunnel import TunnelSocket

    module.socket = module.SocketType = TunnelSocket
    module.getaddrinfo = getaddrinfo
    module.gethostbyname = gethostbyname
    module.gethostbyname_ex = lambda host: (host, [], [gethostbyname(host)])
    module.gethostbyaddr = lambda address: (names.name_behind(address), [], [address])
    module.getnameinfo = lambda address, flags: (names.name_behind(address[0]), str(address[1]))
    module.getservbyname = lambda service, protocol='tcp': names.port_of(service)


def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    """As socket.getaddrinfo; a name gets a placeholder, for only the host can resolve it."""
    found = names.addresses(host, port, family, type, flags)
    _require_network(host)
    return [
        (
            module.AddressFamily(family),
            module.SOCK_STREAM,
            _socket.IPPROTO_TCP,
            '',
            (address, port) if family == _socket.AF_INET else (address, port, 0, 0),
        )
        for family, address, port in found
    ]


def gethostbyname(host):
    """As socket.gethostbyname."""
    return getaddrinfo(host, None, _socket.AF_INET)[0][4][0]


def _require_network(host) -> None:
    try:
        asking.require_network()
    except asking.NetworkOff as error:
        raise _socket.gaierror(_socket.EAI_AGAIN, error.strerror) from None

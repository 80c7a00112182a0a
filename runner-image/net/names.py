"""Names, which only the host resolves: here they get placeholder addresses that `connect` turns back."""

import _socket

#: Addresses of 198.18.0.0/15 (RFC 2544), which lead nowhere.
_FIRST = 0xC6120001
_COUNT = 2**17 - 2
_SERVICES = {'http': 80, 'https': 443}

_by_name: dict[str, str] = {}
_by_address: dict[str, str] = {}


def name_behind(address: str) -> str:
    """The name that a placeholder stands for; anything else as it is."""
    return _by_address.get(address, address)


def is_literal(host: str) -> bool:
    """True for an address written in full: the host judges it."""
    return _family(host) is not None


def placeholder(host: str) -> str:
    """The address that stands for a name, always the same one in this process."""
    name = _plain(host)
    if name not in _by_name:
        if len(_by_name) >= _COUNT:
            raise _socket.gaierror(_socket.EAI_MEMORY, 'too many names')
        address = _socket.inet_ntoa((_FIRST + len(_by_name)).to_bytes(4))
        _by_name[name] = address
        _by_address[address] = name
    return _by_name[name]


def forget() -> None:
    """All placeholders, so that a process begins with the first one."""
    _by_name.clear()
    _by_address.clear()


def plain_text(host) -> str:
    """A host as exactly a str: a class of the bot's may tell of itself what it likes."""
    if isinstance(host, (bytes, bytearray)):
        return memoryview(host).tobytes().decode('ascii')
    if not isinstance(host, str):
        raise TypeError('a host is a string')
    return str.__str__(host)


def port_of(service) -> int:
    """A port number from a number, its digits, or a service's name."""
    if service is None:
        return 0
    if isinstance(service, (str, bytes)):
        service = plain_text(service)
        service = _SERVICES.get(service.lower(), service)
    try:
        return int(service)
    except ValueError:
        raise _socket.gaierror(_socket.EAI_SERVICE, f'the service {service!r} is not known') from None


def addresses(host, service, family, kind, flags) -> list[tuple[int, str, int]]:
    """(family, address, port) of what `getaddrinfo` is asked for."""
    if kind not in (0, _socket.SOCK_STREAM):
        raise _socket.gaierror(_socket.EAI_SOCKTYPE, 'bots have TCP only')
    host = '127.0.0.1' if host is None else plain_text(host) or '127.0.0.1'
    port = port_of(service)
    literal = _family(host)
    if literal is None and flags & _socket.AI_NUMERICHOST:
        raise _socket.gaierror(_socket.EAI_NONAME, 'the host is no address')
    found = (_socket.AF_INET, placeholder(host)) if literal is None else (literal, host)
    if family not in (_socket.AF_UNSPEC, found[0]):
        raise _socket.gaierror(_socket.EAI_NONAME, 'no address of this family')
    return [(*found, port)]


def _family(host: str) -> int | None:
    for family in (_socket.AF_INET, _socket.AF_INET6):
        try:
            _socket.inet_pton(family, host)
            return family
        except (OSError, ValueError):
            pass
    return None


def _plain(host: str) -> str:
    name = host if host.isascii() else host.encode('idna').decode('ascii')
    if not 0 < len(name) <= 253 or not name.isprintable() or ' ' in name:
        raise _socket.gaierror(_socket.EAI_NONAME, 'the host is no name')
    return name.lower()

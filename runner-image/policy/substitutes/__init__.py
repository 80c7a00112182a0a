"""Stand-ins for what bots may not have in the original, by module and name."""

from .chance import RANDOM, SECRETS
from .clock import DATETIME, TIME
from .runtime import FUNCTOOLS, TRACEBACK, WARNINGS

_READY = {
    'random': RANDOM,
    'secrets': SECRETS,
    'time': TIME,
    'datetime': DATETIME,
    'functools': FUNCTOOLS,
    'traceback': TRACEBACK,
    'warnings': WARNINGS,
}
_OF_NETWORK = ('socket', 'urllib.request')


def substitutes(name: str) -> dict:
    """The stand-ins of one module by name; none for most."""
    if name not in _OF_NETWORK:
        return _READY.get(name, {})
    # Imported late: they bring the network modules with them, which most bots never ask for.
    from . import network

    return network.SOCKET if name == 'socket' else network.URLLIB_REQUEST

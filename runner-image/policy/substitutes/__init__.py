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


def substitutes(name: str) -> dict:
    """The stand-ins of one module by name; none for most."""
    if name != 'urllib.request':
        return _READY.get(name, {})
    # Imported late: it brings the network modules with it, which most bots never ask for.
    from .network import URLLIB_REQUEST

    return URLLIB_REQUEST

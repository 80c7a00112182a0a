"""Stand-ins for what bots may not have in the original, by module and name."""

from .chance import RANDOM, SECRETS
from .clock import DATETIME, TIME
from .network import SOCKET, URLLIB_REQUEST
from .runtime import FUNCTOOLS, TRACEBACK, WARNINGS

SUBSTITUTES = {
    'random': RANDOM,
    'secrets': SECRETS,
    'time': TIME,
    'datetime': DATETIME,
    'socket': SOCKET,
    'urllib.request': URLLIB_REQUEST,
    'functools': FUNCTOOLS,
    'traceback': TRACEBACK,
    'warnings': WARNINGS,
}

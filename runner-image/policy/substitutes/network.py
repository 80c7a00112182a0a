"""Sockets that cannot adopt a file descriptor, and URL openers that cannot open files."""

import socket as real
import urllib.request


class socket(real.socket):
    """socket.socket without `fileno`: a bot opens sockets, it does not take over open ones."""

    def __init__(self, family=real.AF_INET, type=real.SOCK_STREAM, proto=0):
        super().__init__(family, type, proto)

    def dup(self):
        raise OSError('dup is not available to bots')


_HANDLERS = (
    urllib.request.UnknownHandler,
    urllib.request.HTTPHandler,
    urllib.request.HTTPSHandler,
    urllib.request.HTTPDefaultErrorHandler,
    urllib.request.HTTPRedirectHandler,
    urllib.request.HTTPErrorProcessor,
)


def build_opener(*handlers):
    """As urllib.request.build_opener, for http and https: none of its handlers opens files or FTP."""
    given = [handler() if isinstance(handler, type) else handler for handler in handlers]
    opener = urllib.request.OpenerDirector()
    for kind in _HANDLERS:
        if not any(isinstance(handler, kind) for handler in given):
            opener.add_handler(kind())
    for handler in given:
        opener.add_handler(handler)
    return opener


def urlopen(url, data=None, timeout=None, *, context=None):
    """As urllib.request.urlopen, for http and https."""
    handlers = [urllib.request.HTTPSHandler(context=context)] if context is not None else []
    opener = build_opener(*handlers)
    return opener.open(url, data) if timeout is None else opener.open(url, data, timeout)


SOCKET = {'socket': socket}
URLLIB_REQUEST = {'build_opener': build_opener, 'urlopen': urlopen}

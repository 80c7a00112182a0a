"""URL openers that cannot open files."""

import urllib.request

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


URLLIB_REQUEST = {'build_opener': build_opener, 'urlopen': urlopen}

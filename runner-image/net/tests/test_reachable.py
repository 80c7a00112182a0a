"""What live objects of the network lead to: no module, no frame, nothing that evaluates or opens files."""

import io
import unittest
from types import CodeType, FrameType, FunctionType, ModuleType, TracebackType

import net
from policy import library
from policy.getting import guarded_getattr

library.import_network(['requests', 'ssl', 'socket', 'urllib', 'http'])

import http.client  # noqa: E402
import socket  # noqa: E402
import ssl  # noqa: E402
import urllib.request  # noqa: E402

import requests  # noqa: E402
from fake_runner import SITE, FakeRunner, http as page, https  # noqa: E402

BARRED = (ModuleType, FrameType, CodeType, TracebackType, io.FileIO)
FORBIDDEN = (eval, exec, compile, open, type, vars, globals, __import__, FunctionType, io.FileIO)
DEPTH = 5


class Reachable(unittest.TestCase):
    def setUp(self):
        self.runner = FakeRunner({('site.test', 80): page, ('site.test', 443): https})
        net.install(self.runner.fd)

    def tearDown(self):
        self.runner.close()
        net.install(None)

    def check(self, root):
        found = list(_walk(root))
        self.assertGreater(len(found), 100)
        self.assertEqual([path for path, value in found if _is_barred(value)], [])

    def test_what_is_forbidden_would_be_found(self):
        class Leaky:
            def __init__(self):
                self.items = [{'opened': open}]

        self.assertEqual(
            [path for path, value in _walk(Leaky()) if _is_barred(value)], ['Leaky.items.0.opened']
        )

    def test_from_a_response(self):
        with requests.Session() as session:
            self.check(session.get('http://site.test/', stream=True))

    def test_from_a_session(self):
        with requests.Session() as session:
            session.get('http://site.test/')
            self.check(session)

    def test_from_an_exception(self):
        for url in ('http://unknown.test/', 'https://site.test/'):
            with self.subTest(url), self.assertRaises(requests.ConnectionError) as raised:
                requests.get(url)
            self.check(raised.exception)

    def test_from_an_opened_url(self):
        with urllib.request.urlopen('http://site.test/') as opened:
            self.check(opened)

    def test_from_a_connection(self):
        one = http.client.HTTPConnection('site.test')
        one.request('GET', '/')
        self.check(one)
        self.check(one.getresponse())

    def test_from_sockets_and_their_files(self):
        context = ssl.create_default_context(cafile=str(SITE))
        with socket.create_connection(('site.test', 443)) as raw:
            self.check(raw)
            self.check(raw.makefile('rw'))
            with context.wrap_socket(raw, server_hostname='site.test') as tls:
                self.check(tls)
                self.check(tls.makefile('rw'))


def _is_barred(value):
    return isinstance(value, BARRED) or any(value is one for one in FORBIDDEN)


def _walk(root):
    todo = [(type(root).__name__, root)]
    seen = {}
    while todo:
        path, value = todo.pop()
        if id(value) in seen:
            continue
        seen[id(value)] = value  # held, so that no other value takes its id
        yield path, value
        if path.count('.') < DEPTH:
            todo += _below(path, value)


def _below(path, value):
    if isinstance(value, dict):
        yield from ((f'{path}.{key}', item) for key, item in list(value.items()))
    if isinstance(value, list | tuple | set | frozenset):
        yield from ((f'{path}.{at}', item) for at, item in enumerate(value))
    for name in dir(value):
        try:
            yield f'{path}.{name}', guarded_getattr(value, name)
        except Exception:
            continue

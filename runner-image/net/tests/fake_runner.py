"""PID 1 and the host, as a bot's process meets them: grants streams and plays the servers behind them."""

import _socket
import json
import ssl
import threading
from pathlib import Path

SITE = Path(__file__).parent / 'site.pem'
PAGE = b'{"price": 42}'
_ANSWER = (
    b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n'
)


class FakeRunner:
    """Answers questions by a table: {(host, port): server(sock)} or {(host, port): (outcome, message)}."""

    def __init__(self, table):
        self._table = table
        self.questions = []
        self.limit = None
        mine, theirs = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
        self._mine = mine
        self.fd = theirs.detach()
        threading.Thread(target=self._run, daemon=True).start()

    def close(self):
        self._mine.shutdown(_socket.SHUT_RDWR)

    def _run(self):
        while question := self._mine.recv(4096):
            asked = json.loads(question)
            self.questions.append((asked['host'], asked['port']))
            if self.limit is not None and len(self.questions) > self.limit:
                self._mine.send(b'-')
                continue
            near, far = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_STREAM)
            rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, far.fileno().to_bytes(4, 'little'))]
            self._mine.sendmsg([b'+'], rights)
            far.close()
            threading.Thread(target=self._serve, args=(near, asked), daemon=True).start()

    def _serve(self, stream, asked):
        entry = self._table.get((asked['host'], asked['port']), ('denied_host', 'not on the list'))
        if isinstance(entry, tuple):
            _answer(stream, {'error': entry[0], 'message': entry[1]})
            stream.close()
            return
        if getattr(entry, 'silent', False):
            entry(stream)
            return
        _answer(stream, {'ok': {'address': '203.0.113.7', 'port': asked['port']}})
        try:
            entry(stream)
            # As the runner does: the far end's stop is a half close.
            stream.shutdown(_socket.SHUT_WR)
            while stream.recv(65536):
                pass
        except OSError:
            pass
        finally:
            stream.close()


def _answer(stream, value):
    text = json.dumps(value).encode()
    # In pieces, as a pipe may deliver it.
    stream.sendall(len(text).to_bytes(2)[:1])
    stream.sendall(len(text).to_bytes(2)[1:] + text)


def http(stream, page=PAGE):
    """One request, one page."""
    head = b''
    while b'\r\n\r\n' not in head:
        part = stream.recv(4096)
        if not part:
            return
        head += part
    stream.sendall(_ANSWER % len(page) + page)


def https(stream):
    """The same under TLS, with the certificate of site.test."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(SITE)
    inbound, outbound = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(inbound, outbound, server_side=True)

    def pump(step):
        while True:
            try:
                result = step()
                stream.sendall(outbound.read())
                return result
            except ssl.SSLWantReadError:
                stream.sendall(outbound.read())
                part = stream.recv(65536)
                inbound.write(part) if part else inbound.write_eof()

    pump(tls.do_handshake)
    head = b''
    while b'\r\n\r\n' not in head:
        part = pump(lambda: tls.read(4096))
        if not part:
            return
        head += part
    pump(lambda: tls.write(_ANSWER % len(PAGE) + PAGE))


def echo(stream):
    """Gives back what comes until the other side stops, then stops as well."""
    while part := stream.recv(65536):
        stream.sendall(part)


def never(stream):
    """A host that does not answer."""
    threading.Event().wait(30)
    stream.close()


never.silent = True

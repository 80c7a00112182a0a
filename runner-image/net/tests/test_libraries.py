"""The libraries of the network, unchanged, over sockets that lead through the pipe."""

import errno
import re
import threading
import time
import unittest
from pathlib import Path

import net

net.load()

import http.client  # noqa: E402
import socket  # noqa: E402
import ssl  # noqa: E402
import urllib.error  # noqa: E402
import urllib.request  # noqa: E402

import certifi  # noqa: E402
import requests  # noqa: E402
import urllib3  # noqa: E402
from fake_runner import PAGE, SITE, FakeRunner, echo, http as page, https, never  # noqa: E402

HASHED = re.compile(r'[0-9a-f]{8}\.\d+')
BIG = b'x' * 4_000_000
TABLE = {
    ('site.test', 80): page,
    ('site.test', 443): https,
    ('192.0.2.1', 80): page,
    ('2001:db8::1', 80): page,
    ('big.test', 80): lambda stream: page(stream, BIG),
    ('echo.test', 80): echo,
    ('silent.test', 80): never,
    ('denied.test', 80): ('denied_address', 'the address is private'),
    ('odd.test', 22): ('denied_port', 'port 22 is not allowed'),
    ('nowhere.test', 80): ('not_resolved', 'no such host'),
    ('down.test', 80): ('not_connected', 'refused'),
    ('much.test', 80): ('over_limit', 'too much'),
    ('broken.test', 80): ('broken', 'reset'),
}


class NetworkTest(unittest.TestCase):
    def setUp(self):
        self.runner = FakeRunner(TABLE)
        net.install(self.runner.fd)

    def tearDown(self):
        self.runner.close()
        net.install(None)


def _trusting():
    return ssl.create_default_context(cafile=str(SITE))


def _by_http_client():
    connection = http.client.HTTPConnection('site.test', timeout=5)
    connection.request('GET', '/')
    return connection.getresponse().read()


def _by_https_client():
    connection = http.client.HTTPSConnection('site.test', timeout=5, context=_trusting())
    connection.request('GET', '/')
    return connection.getresponse().read()


def _by_socket():
    with socket.socket() as one:
        one.settimeout(5)
        one.connect(('site.test', 80))
        return _ask(one)


def _by_create_connection():
    with socket.create_connection(('site.test', 80), timeout=5) as one:
        return _ask(one)


def _by_makefile():
    with socket.create_connection(('site.test', 80)) as one, one.makefile('rwb') as file:
        file.write(b'GET / HTTP/1.1\r\n\r\n')
        file.flush()
        return file.read()[-len(PAGE) :]


def _by_wrapping_a_connection():
    with socket.create_connection(('site.test', 443)) as one:
        with _trusting().wrap_socket(one, server_hostname='site.test') as tls:
            return _ask(tls)


def _by_connecting_a_wrapped_socket():
    with _trusting().wrap_socket(socket.socket(), server_hostname='site.test') as tls:
        tls.settimeout(5)
        tls.connect(('site.test', 443))
        return _ask(tls)


def _ask(stream):
    stream.sendall(b'GET / HTTP/1.1\r\n\r\n')
    data = b''
    while part := stream.recv(4096):
        data += part
    return data[-len(PAGE) :]


WAYS = {
    'http.client': _by_http_client,
    'http.client over TLS': _by_https_client,
    'socket.connect': _by_socket,
    'socket.create_connection': _by_create_connection,
    'socket.makefile': _by_makefile,
    'ssl around a connection': _by_wrapping_a_connection,
    'connect of an ssl socket': _by_connecting_a_wrapped_socket,
    'urllib.request': lambda: urllib.request.urlopen('http://site.test/', timeout=5).read(),
    'urllib.request over TLS': lambda: urllib.request.urlopen(
        'https://site.test/', context=_trusting()
    ).read(),
    'requests': lambda: requests.get('http://site.test/', timeout=5).content,
    'requests over TLS': lambda: requests.get('https://site.test/', timeout=5, verify=str(SITE)).content,
    'requests without verification': lambda: requests.get('https://site.test/', verify=False).content,
    'urllib3': lambda: urllib3.PoolManager().request('GET', 'http://site.test/').data,
    'urllib3 over TLS': lambda: (
        urllib3.PoolManager(ca_certs=str(SITE)).request('GET', 'https://site.test/').data
    ),
    'an IPv4 literal': lambda: requests.get('http://192.0.2.1/').content,
    'an IPv6 literal': lambda: requests.get('http://[2001:db8::1]/').content,
}


class Libraries(NetworkTest):
    def test_each_fetches_a_page(self):
        for name, fetch in WAYS.items():
            with self.subTest(name):
                self.assertEqual(fetch(), PAGE)

    def test_a_certificate_can_be_looked_at(self):
        pem = ssl.get_server_certificate(('site.test', 443))
        self.assertIn(pem.strip(), SITE.read_text())
        with socket.create_connection(('site.test', 443)) as one:
            with _trusting().wrap_socket(one, server_hostname='site.test') as tls:
                self.assertEqual(tls.getpeercert()['subject'][-1], (('commonName', 'site.test'),))
                self.assertEqual(len(tls.get_unverified_chain()), 1)

    def test_an_untrusted_certificate_is_refused(self):
        with self.assertRaises(ssl.SSLCertVerificationError):
            with socket.create_connection(('site.test', 443)) as one:
                ssl.create_default_context().wrap_socket(one, server_hostname='site.test')

    def test_large_transfers_arrive_whole(self):
        self.assertEqual(requests.get('http://big.test/').content, BIG)

    def test_many_threads_connect_at_once(self):
        pages = []
        threads = [
            threading.Thread(target=lambda: pages.append(requests.get('http://site.test/').content))
            for _ in range(12)
        ]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        self.assertEqual(pages, [PAGE] * 12)


class Roots(unittest.TestCase):
    """Which certificates are trusted, where nothing else is said: certifi's, everywhere."""

    @classmethod
    def setUpClass(cls):
        net.share_roots()

    def test_the_folder_of_roots_holds_all_of_certifi(self):
        folder = Path(ssl.get_default_verify_paths().capath)
        by_hash = [file.read_text() for file in folder.iterdir() if HASHED.fullmatch(file.name)]
        wanted = _certificates(Path(certifi.where()).read_text())
        self.assertGreater(len(wanted), 50)
        self.assertEqual(
            sorted(map(ssl.PEM_cert_to_DER_cert, by_hash)), sorted(map(ssl.PEM_cert_to_DER_cert, wanted))
        )

    def test_requests_reads_that_folder(self):
        self.assertEqual(requests.adapters.DEFAULT_CA_BUNDLE_PATH, ssl.get_default_verify_paths().capath)


def _certificates(text):
    end = '-----END CERTIFICATE-----'
    return ['-----BEGIN' + part.partition('-----BEGIN')[2] + end for part in text.split(end)[:-1]]


class Rehearsals(NetworkTest):
    def test_a_rehearsal_asks_nobody_and_leaves_nothing(self):
        first = socket.gethostbyname('site.test')
        net.rehearse(2)
        self.assertEqual(self.runner.questions, [])
        self.assertEqual(socket.gethostbyname('other.test'), first)
        self.assertEqual(requests.get('http://site.test/').content, PAGE)

    def test_a_process_without_a_network_can_rehearse_and_still_has_none(self):
        net.install(None)
        net.rehearse()
        with self.assertRaises(requests.ConnectionError):
            requests.get('http://site.test/')


class Sockets(NetworkTest):
    def test_what_was_shut_down_on_one_side_still_reads(self):
        with socket.create_connection(('echo.test', 80)) as one:
            one.sendall(b'hello')
            one.shutdown(socket.SHUT_WR)
            self.assertEqual(one.makefile('rb').read(), b'hello')

    def test_a_read_times_out(self):
        with socket.create_connection(('echo.test', 80), timeout=0.05) as one:
            with self.assertRaises(TimeoutError):
                one.recv(1)

    def test_a_connect_times_out(self):
        began = time.monotonic()
        with self.assertRaises(TimeoutError):
            socket.create_connection(('silent.test', 80), timeout=0.05)
        self.assertLess(time.monotonic() - began, 5)

    def test_the_timeout_of_new_sockets_holds_for_their_connects(self):
        socket.setdefaulttimeout(0.05)
        try:
            with self.assertRaises(TimeoutError):
                socket.create_connection(('silent.test', 80))
            with socket.socket() as one:
                one.settimeout(None)
                one.connect(('echo.test', 80))
                self.assertEqual(one.gettimeout(), None)
        finally:
            socket.setdefaulttimeout(None)

    def test_a_socket_says_where_it_leads(self):
        one = socket.socket()
        with self.assertRaises(OSError):
            one.getpeername()
        one.connect(('echo.test', 80))
        self.assertEqual(one.getpeername(), ('203.0.113.7', 80))
        self.assertEqual((one.family, one.type), (socket.AF_INET, socket.SOCK_STREAM))
        with self.assertRaises(OSError) as raised:
            one.connect(('echo.test', 80))
        self.assertEqual(raised.exception.errno, errno.EISCONN)
        one.close()
        other = socket.socket()
        with self.assertRaises(OSError):
            other.getpeername()
        other.close()

    def test_a_socket_that_was_dropped_leaves_nothing_to_the_next_of_its_number(self):
        one = socket.socket()
        one.connect(('echo.test', 80))
        number = one.fileno()
        del one
        with socket.socket() as other:
            self.assertEqual(other.fileno(), number)
            with self.assertRaises(OSError) as raised:
                other.getpeername()
            self.assertEqual(raised.exception.errno, errno.ENOTCONN)
            other.connect(('echo.test', 80))

    def test_a_socket_that_was_closed_connects_nowhere(self):
        one = socket.socket()
        one.close()
        with self.assertRaises(OSError) as raised:
            one.connect(('echo.test', 80))
        self.assertEqual(raised.exception.errno, errno.EBADF)
        self.assertEqual(self.runner.questions, [])

    def test_not_to_block_holds_after_the_connect(self):
        with socket.socket() as one:
            one.setblocking(False)
            self.assertEqual(one.connect_ex(('echo.test', 80)), 0)
            with self.assertRaises(BlockingIOError):
                one.recv(1)

    def test_options_of_tcp_are_taken(self):
        with socket.socket() as one:
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            self.assertEqual(one.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE), socket.SOCK_STREAM)

    def test_what_bots_do_not_have_is_refused(self):
        refused = {
            'UDP': lambda: socket.socket(type=socket.SOCK_DGRAM),
            'raw sockets': lambda: socket.socket(type=socket.SOCK_RAW),
            'unix sockets': lambda: socket.socket(socket.AF_UNIX),
            'bind': lambda: socket.socket().bind(('', 8080)),
            'listen': lambda: socket.socket().listen(),
            'accept': lambda: socket.socket().accept(),
            'sendto': lambda: socket.socket().sendto(b'x', ('site.test', 80)),
        }
        for name, attempt in refused.items():
            with self.subTest(name), self.assertRaises(OSError):
                attempt()


class Refusals(NetworkTest):
    def test_each_refusal_is_the_error_that_libraries_expect(self):
        expected = {
            ('denied.test', 80): PermissionError,
            ('odd.test', 22): PermissionError,
            ('unlisted.test', 80): PermissionError,
            ('nowhere.test', 80): socket.gaierror,
            ('down.test', 80): ConnectionRefusedError,
            ('much.test', 80): OSError,
            ('broken.test', 80): ConnectionResetError,
        }
        for address, error in expected.items():
            with self.subTest(address), self.assertRaises(error):
                socket.create_connection(address, timeout=5)

    def test_libraries_tell_of_them_in_their_own_way(self):
        with self.assertRaises(requests.ConnectionError):
            requests.get('http://denied.test/')
        with self.assertRaises(urllib.error.URLError):
            urllib.request.urlopen('http://nowhere.test/')

    def test_too_many_at_once(self):
        self.runner.limit = 1
        with socket.create_connection(('echo.test', 80)):
            with self.assertRaises(OSError) as raised:
                socket.create_connection(('echo.test', 80))
        self.assertEqual(raised.exception.errno, errno.EMFILE)

    def test_a_bot_without_a_network_fails_at_once(self):
        net.install(None)
        with self.assertRaises(socket.gaierror):
            socket.getaddrinfo('site.test', 80)
        with self.assertRaises(OSError) as raised:
            socket.socket().connect(('192.0.2.1', 80))
        self.assertEqual(raised.exception.errno, errno.ENETUNREACH)
        with self.assertRaises(requests.ConnectionError):
            requests.get('http://site.test/')


class Names(NetworkTest):
    def test_a_name_gets_a_placeholder_which_connect_turns_back(self):
        [(family, kind, _, _, (address, port))] = socket.getaddrinfo('Site.TEST', 'http')
        self.assertEqual((family, kind, port), (socket.AF_INET, socket.SOCK_STREAM, 80))
        self.assertTrue(address.startswith('198.18.'))
        self.assertEqual(socket.gethostbyname('site.test'), address)
        socket.create_connection((address, port)).close()
        self.assertEqual(self.runner.questions, [('site.test', 80)])

    def test_names_never_leave_before_a_connect(self):
        socket.getaddrinfo('secret.attacker.test', 443)
        self.assertEqual(self.runner.questions, [])

    def test_odd_forms_of_addresses_are_names_for_the_host_to_judge(self):
        for host in ('127.1', '2130706433', '0177.0.0.1', '0x7f.1'):
            with self.subTest(host), self.assertRaises(PermissionError):
                socket.create_connection((host, 80))
        self.assertEqual(
            [host for host, _ in self.runner.questions], ['127.1', '2130706433', '0177.0.0.1', '0x7f.1']
        )

    def test_what_is_no_name_is_refused_here(self):
        for host in ('a b', 'x\0y', 'x' * 254, '\n'):
            with self.subTest(host), self.assertRaises((socket.gaierror, UnicodeError)):
                socket.getaddrinfo(host, 80)

    def test_a_name_of_another_script_is_asked_for_in_its_ascii_form(self):
        with self.assertRaises(PermissionError):
            socket.create_connection(('bücher.test', 80))
        self.assertEqual(self.runner.questions, [('xn--bcher-kva.test', 80)])

    def test_only_tcp_and_known_services(self):
        with self.assertRaises(socket.gaierror):
            socket.getaddrinfo('site.test', 80, type=socket.SOCK_DGRAM)
        with self.assertRaises(socket.gaierror):
            socket.getaddrinfo('site.test', 'gopher')

"""What bots do with the network, in bot code and under the policy."""

import unittest

import harness
from policy import library

# As PID 1 does for network bots.
library.import_network(['requests', 'ssl', 'socket', 'urllib', 'http'])

from fake_runner import PAGE, SITE, FakeRunner, http, https  # noqa: E402

TABLE = {
    ('site.test', 80): http,
    ('site.test', 443): https,
    ('denied.test', 443): ('denied_address', 'The host has an address that is not public.'),
}
TEXT = PAGE.decode()
GET = "b'GET / HTTP/1.1\\r\\n\\r\\n'"
#: The beginning of a bot that looks at certificates.
OPEN = """
context = ssl.create_default_context(cadata=self.params['ca'])
with socket.create_connection(('site.test', 443), timeout=5) as raw:
    with context.wrap_socket(raw, server_hostname='site.test') as tls:
"""
UNVERIFIED = """
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
with socket.create_connection(('site.test', 443), timeout=5) as raw:
    with context.wrap_socket(raw, server_hostname='site.test') as tls:
"""

#: (what, imports, body, what it posts)
PAGES = [
    ('requests', 'import requests', "post(requests.get('http://site.test/', timeout=5).text)"),
    (
        'requests, as JSON',
        'import requests',
        "post(str(requests.get('http://site.test/').json()).replace(\"'\", '\"'))",
    ),
    (
        'a session',
        'import requests',
        "with requests.Session() as session:\n    post(session.get('http://site.test/').text)",
    ),
    (
        'requests with a CA of its own',
        'import requests',
        "with open('ca.pem', 'w') as file:\n    file.write(self.params['ca'])\n"
        "post(requests.get('https://site.test/', verify=self.ctx.workspace + '/ca.pem').text)",
    ),
    (
        'requests without verification',
        'import requests, urllib3, warnings',
        "warnings.simplefilter('ignore')\npost(requests.get('https://site.test/', verify=False).text)",
    ),
    ('urllib', 'import urllib.request', "post(urllib.request.urlopen('http://site.test/').read().decode())"),
    (
        'urllib over TLS',
        'import ssl, urllib.request',
        "context = ssl.create_default_context(cadata=self.params['ca'])\n"
        "post(urllib.request.urlopen('https://site.test/', context=context).read().decode())",
    ),
    (
        'http.client',
        'import http.client',
        "one = http.client.HTTPConnection('site.test')\none.request('GET', '/')\n"
        'post(one.getresponse().read().decode())',
    ),
    (
        'a socket',
        'import socket',
        f"one = socket.socket()\none.connect(('site.test', 80))\none.sendall({GET})\n"
        f"post(one.makefile('rb').read().decode()[-{len(PAGE)}:])",
    ),
    (
        'a socket of ssl',
        'import socket, ssl',
        "context = ssl.create_default_context(cadata=self.params['ca'])\n"
        "one = context.wrap_socket(socket.socket(), server_hostname='site.test')\n"
        f"one.connect(('site.test', 443))\none.sendall({GET})\n"
        f"post(one.makefile('rb').read().decode()[-{len(PAGE)}:])",
    ),
]


class Bots(unittest.TestCase):
    def setUp(self):
        self.runner = FakeRunner(TABLE)

    def tearDown(self):
        self.runner.close()

    def answer(self, body, top):
        certificate = SITE.read_text().partition('-----END PRIVATE KEY-----\n')[2]
        return harness.answer(body, top, network=self.runner.fd, params={'ca': certificate})

    def test_each_way_to_a_page(self):
        for name, top, body in PAGES:
            with self.subTest(name):
                self.assertEqual(self.answer(body, top), TEXT)

    def test_what_is_known_of_a_connection(self):
        asked = 'post([tls.version(), len(tls.cipher()), tls.getpeername()[1], tls.selected_alpn_protocol()])'
        self.assertEqual(
            self.answer(OPEN + f'        {asked}', 'import socket, ssl'), ['TLSv1.3', 3, 443, None]
        )

    def test_a_verified_certificate_is_told_field_by_field(self):
        body = (
            OPEN
            + '        one = tls.getpeercert()\n'
            + "        post([one['subject'][-1][0][1], sorted(one), one['notAfter']])"
        )
        subject, fields, until = self.answer(body, 'import socket, ssl')
        self.assertEqual(subject, 'site.test')
        self.assertLessEqual({'subject', 'issuer', 'notBefore', 'notAfter', 'serialNumber'}, set(fields))
        self.assertRegex(until, r'^\w{3} .* GMT$')

    def test_a_chain_is_there_as_bytes_verified_or_not(self):
        told = (
            '        chain = tls.{}()\n'
            '        post([len(chain), hashlib.sha256(chain[0]).hexdigest() == '
            'hashlib.sha256(tls.getpeercert(binary_form=True)).hexdigest()])'
        )
        for opening, call in (
            (OPEN, 'get_unverified_chain'),
            (OPEN, 'get_verified_chain'),
            (UNVERIFIED, 'get_unverified_chain'),
        ):
            with self.subTest(call):
                self.assertEqual(
                    self.answer(opening + told.format(call), 'import hashlib, socket, ssl'), [1, True]
                )

    def test_authorities_of_a_chain_are_told_by_a_context_that_trusts_them(self):
        body = (
            UNVERIFIED
            + '        chain = tls.get_unverified_chain()\n'
            + 'trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)\n'
            + 'trust.load_verify_locations(cadata=chain[-1])\n'
            + "post([one['subject'][-1][0][1] for one in trust.get_ca_certs()])"
        )
        self.assertEqual(self.answer(body, 'import socket, ssl'), ['site.test'])

    def test_pem_and_der(self):
        body = (
            "pem = ssl.get_server_certificate(('site.test', 443), timeout=5)\n"
            'post(ssl.DER_cert_to_PEM_cert(ssl.PEM_cert_to_DER_cert(pem)) == pem)'
        )
        self.assertEqual(self.answer(body, 'import ssl'), True)

    def test_a_bad_certificate_is_an_error_to_catch(self):
        body = (
            'try:\n'
            "    requests.get('https://site.test/')\n"
            'except requests.exceptions.SSLError as error:\n'
            "    post('CERTIFICATE_VERIFY_FAILED' in str(error))\n"
            'try:\n'
            "    socket_ = socket.create_connection(('site.test', 443))\n"
            "    ssl.create_default_context().wrap_socket(socket_, server_hostname='site.test')\n"
            'except ssl.SSLCertVerificationError as error:\n'
            '    post(error.verify_code)'
        )
        self.assertEqual(self.answer(body, 'import requests, socket, ssl'), [True, 18])

    def test_a_refusal_tells_why(self):
        body = (
            'try:\n'
            "    requests.get('https://denied.test/')\n"
            'except requests.ConnectionError as error:\n'
            "    post('not public' in str(error))"
        )
        self.assertEqual(self.answer(body, 'import requests'), True)

    def test_no_other_descriptor_can_be_taken_over(self):
        attempts = {
            'socket.socket': 'socket.socket(fileno={})',
            'the class of a connection': "type(socket.create_connection(('site.test', 80)))(fileno={})",
            'a class of the bot': 'Own({})',
            'a number that is another when it is used': 'socket.socket(fileno=Liar(socket.socket(), {}))',
            'the class of a TLS socket': 'ssl.create_default_context().sslsocket_class(fileno={})',
        }
        top = (
            'import socket, ssl\n'
            'class Own(socket.socket):\n'
            '    def __init__(self, number):\n'
            '        super().__init__(fileno=number)\n'
            # Equal to a descriptor that the sockets know, and another one below.
            'class Liar:\n'
            '    def __init__(self, known, number):\n'
            '        self.kept, self.known, self.number = known, known.fileno(), number\n'
            '    def __hash__(self):\n'
            '        return hash(self.known)\n'
            '    def __eq__(self, other):\n'
            '        return other == self.known\n'
            '    def __index__(self):\n'
            '        return self.number\n'
        )
        for name, attempt in attempts.items():
            # Standard input, and the socket on which PID 1 is asked.
            for number in (0, self.runner.fd):
                body = (
                    'try:\n'
                    f'    {attempt.format(number)}\n'
                    "    post('taken over')\n"
                    'except (PermissionError, TypeError) as error:\n'
                    '    post(str(type(error)))'
                )
                with self.subTest(name, number=number):
                    self.assertRegex(self.answer(body, top), 'PermissionError|TypeError')

    def test_a_socket_that_lies_about_its_number_connects_itself(self):
        top = 'import socket\nclass Own(socket.socket):\n    def fileno(self):\n        return 1'
        body = (
            f"one = Own()\none.connect(('site.test', 80))\none.sendall({GET})\npost(one.recv(9)[:8].decode())"
        )
        self.assertEqual(self.answer(body, top), 'HTTP/1.1')

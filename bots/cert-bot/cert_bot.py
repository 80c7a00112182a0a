"""Fetches the TLS certificates that a host shows, so that all members see the same ones at the same moment.

"cert example.com" is answered with the chain as the host sent it: subject, issuer, validity and SHA-256
fingerprint of each certificate, and whether the chain leads to a public root and is for that name.
"""

import datetime
import hashlib
import re
import socket
import ssl
import time

USAGE = 'Say "cert example.com", or "cert example.com:443": a host name, and a port if it is not 443.'
COMMAND = re.compile(r'!?cert\s+(?P<where>.*)', re.IGNORECASE | re.DOTALL)
NAME = r'[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?'
#: A last label that starts with a letter: addresses are no names.
WHERE = re.compile(rf'(?P<host>({NAME}[.])+(?=[a-z]){NAME})(:(?P<port>[1-9][0-9]{{0,4}}))?', re.IGNORECASE)
#: For each step of a connection; a hook has 5 s for all of them.
STEP_S = 1.2
#: After which no further connection is begun.
BEGIN_S = 2.5
MAX_CHAIN = 10
#: OpenSSL's codes for a certificate of another name: X509_V_ERR_HOSTNAME_MISMATCH, …_IP_ADDRESS_MISMATCH.
OTHER_NAME = (62, 64)


class CertBot:
    def __init__(self, ctx, params):
        self.ctx = ctx

    def on_init(self):
        self.ctx.post('system', {'type': 'ready', 'text': f'Certificate bot ready. {USAGE}'})

    def on_message(self, msg):
        body = msg.get('body')
        text = body.get('text') if isinstance(body, dict) else None
        if not isinstance(text, str) or msg.get('kind') != 'user':
            return
        command = COMMAND.fullmatch(text.strip())
        if command is None:
            return
        where = WHERE.fullmatch(command.group('where').strip())
        port = int(where.group('port') or 443) if where else 0
        if where is None or len(where.group('host')) > 253 or port > 65535:
            self.ctx.post('bot', {'type': 'usage', 'text': USAGE})
            return
        self.ctx.post('bot', self.report(where.group('host').lower(), port))

    def report(self, host, port):
        at = datetime.datetime.fromtimestamp(self.ctx.now, datetime.UTC).isoformat(timespec='milliseconds')
        known = {'host': host, 'port': port, 'at': at}
        try:
            found = look_at(host, port)
        except OSError as error:
            text = f'Sorry, the certificate of {host}:{port} could not be had: {trouble(error)}.'
            return {'type': 'certificate_error', 'text': text, **known}
        chain = [described(der) for der in found['chain'][:MAX_CHAIN]]
        first = chain[0] if chain else {'subject': 'nobody', 'not_after': 'never'}
        verdict = 'verified' if found['verified'] else f'NOT verified ({found["problem"]})'
        text = f'{host}:{port} is {verdict}: {first["subject"]}, valid until {first["not_after"]}'
        return {'type': 'certificate', 'text': text, **known, **found, 'chain': chain}


def look_at(host, port):
    """The chain that a host shows, and what can be said for it. Raises OSError."""
    began = time.monotonic()
    try:
        found = seen(host, port, ssl.create_default_context())
        return {**found, 'verified': True, 'trusted': True, 'name_matches': True}
    except ssl.SSLCertVerificationError as error:
        problem, code = error.verify_message, error.verify_code
    refused = {'verified': False, 'problem': problem}
    if code in OTHER_NAME and time.monotonic() - began < BEGIN_S:
        any_name = ssl.create_default_context()
        any_name.check_hostname = False
        try:
            return {**seen(host, port, any_name), **refused, 'trusted': True, 'name_matches': False}
        except ssl.SSLCertVerificationError:
            pass
    if time.monotonic() - began > BEGIN_S:
        raise TimeoutError
    anything = ssl.create_default_context()
    anything.check_hostname = False
    anything.verify_mode = ssl.CERT_NONE
    # Of a chain that nobody vouches for, the name says nothing.
    return {**seen(host, port, anything), **refused, 'trusted': False, 'name_matches': None}


def seen(host, port, context):
    with socket.create_connection((host, port), timeout=STEP_S) as plain:
        with context.wrap_socket(plain, server_hostname=host) as tls:
            return {'tls': tls.version(), 'chain': tls.get_unverified_chain()}


def trouble(error):
    """What went wrong, without a word of the other side's."""
    if isinstance(error, TimeoutError):
        return 'it took too long'
    if isinstance(error, PermissionError):
        return "the bot's network does not allow that"
    if isinstance(error, socket.gaierror):
        return 'the name is not known'
    return 'there was no TLS connection' if isinstance(error, ssl.SSLError) else 'the host could not be reached'


# Certificates (RFC 5280, section 4.1), as far as they are reported. ssl reads only those it has verified.

SEQUENCE, UTC_TIME, GENERALIZED_TIME, VERSION = 0x30, 0x17, 0x18, 0xA0
ENCODINGS = {
    0x0C: 'utf-8',
    0x13: 'ascii',
    0x14: 'latin-1',
    0x16: 'ascii',
    0x1C: 'utf-32-be',
    0x1E: 'utf-16-be',
}
TIME = re.compile('([0-9]{4})' + 5 * '([0-9]{2})' + 'Z')
#: Kinds of names (X.520) by the DER of their object identifier.
KINDS = {
    bytes([0x55, 4, 3]): 'CN',
    bytes([0x55, 4, 6]): 'C',
    bytes([0x55, 4, 7]): 'L',
    bytes([0x55, 4, 8]): 'ST',
    bytes([0x55, 4, 10]): 'O',
    bytes([0x55, 4, 11]): 'OU',
}


def described(der):
    """What is reported of one certificate; of one that cannot be read, its fingerprint."""
    fingerprint = {'sha256': hashlib.sha256(der).hexdigest()}
    try:
        [certificate] = parts(der)
        fields = parts(parts(certificate[1])[0][1])
        if fields[0][0] == VERSION:
            fields = fields[1:]
        issuer, validity, subject = fields[2][1], parts(fields[3][1]), fields[4][1]
        return {
            'subject': name_text(subject),
            'issuer': name_text(issuer),
            'not_before': time_text(validity[0]),
            'not_after': time_text(validity[1]),
            **fingerprint,
        }
    except (ValueError, LookupError):
        unreadable = {'subject': 'unreadable', 'issuer': 'unreadable', 'not_before': None, 'not_after': None}
        return {**unreadable, **fingerprint}


def parts(data):
    """The elements that DER bytes consist of, as (tag, content)."""
    found, at = [], 0
    while at < len(data):
        tag, size = data[at], data[at + 1]
        at += 2
        if size & 0x80:
            count = size & 0x7F
            size = int.from_bytes(data[at : at + count], 'big')
            at += count
        if at + size > len(data):
            raise ValueError('an element goes on after the end')
        found.append((tag, data[at : at + size]))
        at += size
    return found


def name_text(name):
    """A name as "CN=example.com, O=Example"; kinds that are not listed by their number."""
    shown = []
    for one in (pair for group in parts(name) for pair in parts(group[1])):
        kind, value = parts(one[1])
        text = value[1].decode(ENCODINGS.get(value[0], 'latin-1'), 'replace')
        clean = ''.join(c if c.isprintable() else '?' for c in text)[:200]
        shown.append(f'{KINDS.get(bytes(kind[1]), "oid:" + kind[1].hex())}={clean}')
    return ', '.join(shown)[:1000]


def time_text(element):
    """UTCTime and GeneralizedTime (RFC 5280, section 4.1.2.5) as ISO 8601."""
    tag, digits = element[0], element[1].decode('ascii')
    if tag == UTC_TIME:
        digits = ('19' if digits[:2] >= '50' else '20') + digits
    elif tag != GENERALIZED_TIME:
        raise ValueError('no time')
    fields = TIME.fullmatch(digits)
    if fields is None:
        raise ValueError('no time')
    return datetime.datetime(*(int(field) for field in fields.groups())).isoformat() + 'Z'

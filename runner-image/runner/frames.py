"""The wire format of docs/runner-protocol.md: sizes, numbers, and a bounded reader."""

import struct

MAGIC = b'\x89MPR\r\n\x1a\n'
VERSION = 2
NONCE_BYTES = 16
MAX_PAYLOAD = 64 * 1024
WINDOW_BYTES = 256 * 1024
MAX_REQUEST = 8 * 1024 * 1024

HEADER = struct.Struct('>BBHII')  # type, flags, zero, stream, payload length
CALL_BODY = struct.Struct('>16sBBHIIIQII')  # nonce, op, zero, connections, stream, wall, cpu, memory, reply cap, request
RESULT_BODY = struct.Struct('>16sBBHiII')  # nonce, cause, flags, zero, detail, wall us, reply
CLEAN_BODY = struct.Struct('>16sB3xIII')  # nonce, flags, cpu us, rss KiB, cleanup us
INCREMENT = struct.Struct('>I')
HELLO_BODY = struct.Struct('>16sB')

CALL, RESULT, DATA, WINDOW, OPEN, RESET, CLEAN = 1, 2, 3, 4, 5, 6, 7
FLAG_END = 1
OP_LOAD, OP_HOOK, OP_IMPORT = 1, 2, 3
MAX_QUESTION = 512

CAUSE_OK, CAUSE_EXITED, CAUSE_SIGNALLED, CAUSE_TIMEOUT = 0, 1, 2, 3
CAUSE_REPLY_TOO_LARGE, CAUSE_MEMORY, CAUSE_NOT_LOADED = 4, 5, 6
RESULT_OOM = 1
CLEAN_RESIDUE = 1

_FROM_HOST = (CALL, DATA, WINDOW, RESET)
_HELLO_SEARCH_BYTES = 64 * 1024


class ProtocolError(Exception):
    """The host sent what the protocol does not allow. The runner ends."""


def frame(kind: int, stream: int, payload: bytes = b'', flags: int = 0) -> bytes:
    return HEADER.pack(kind, flags, 0, stream, len(payload)) + payload


class FrameReader:
    """Turns the host's bytes into the hello's nonce and then frames; holds at most one frame."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._greeted = False
        self._skipped = 0

    def feed(self, data: bytes):
        """Yields ('hello', nonce) once, then (kind, flags, stream, payload)."""
        self._buffer += data
        if not self._greeted:
            nonce = self._hello()
            if nonce is None:
                return
            yield ('hello', nonce)
        while (item := self._frame()) is not None:
            yield item

    def _hello(self) -> bytes | None:
        # The engine's client library may write its own options into stdin before we speak.
        at = self._buffer.find(MAGIC)
        drop = at if at >= 0 else max(0, len(self._buffer) - len(MAGIC) + 1)
        del self._buffer[:drop]
        self._skipped += drop
        if self._skipped > _HELLO_SEARCH_BYTES:
            raise ProtocolError('no hello')
        need = len(MAGIC) + HELLO_BODY.size
        if at < 0 or len(self._buffer) < need:
            return None
        nonce, version = HELLO_BODY.unpack_from(self._buffer, len(MAGIC))
        if version != VERSION:
            raise ProtocolError('unknown version')
        del self._buffer[:need]
        self._greeted = True
        return nonce

    def _frame(self):
        if len(self._buffer) < HEADER.size:
            return None
        kind, flags, zero, stream, length = HEADER.unpack_from(self._buffer)
        if length > MAX_PAYLOAD or zero or kind not in _FROM_HOST:
            raise ProtocolError('bad header')
        if (kind == WINDOW and length != INCREMENT.size) or (kind == RESET and length):
            raise ProtocolError('bad length')
        end = HEADER.size + length
        if len(self._buffer) < end:
            return None
        payload = bytes(self._buffer[HEADER.size:end])
        del self._buffer[:end]
        return (kind, flags, stream, payload)

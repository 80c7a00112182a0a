"""One call as the host asks for it: its numbers, and its request as it arrives."""

from runner import frames


class Call:
    def __init__(self, body: bytes) -> None:
        if len(body) != frames.CALL_BODY.size:
            raise frames.ProtocolError('bad call')
        (self.nonce, self.op, zero, self.connections, self.stream, self.wall_ms, self.cpu_s,
         self.memory, self.reply_cap, self._length) = frames.CALL_BODY.unpack(body)
        if zero or not frames.OP_LOAD <= self.op <= frames.OP_IMPORT or self._length > frames.MAX_REQUEST:
            raise frames.ProtocolError('bad call')
        self.request = bytearray()
        self.complete = False

    def receive(self, payload: bytes, end: bool) -> None:
        self.request += payload
        if len(self.request) > self._length:
            raise frames.ProtocolError('more than the request')
        if end and len(self.request) != self._length:
            raise frames.ProtocolError('less than the request')
        self.complete = end


def result(call: Call, cause: int, flags: int = 0, detail: int = 0, wall_s: float = 0, reply: int = 0) -> bytes:
    """The result frame; `reply` is the reply's length."""
    body = frames.RESULT_BODY.pack(call.nonce, cause, flags, 0, detail, micros(wall_s), reply)
    return frames.frame(frames.RESULT, 0, body)


def clean(call: Call, flags: int = 0, cpu_s: float = 0, rss_kib: int = 0, cleanup_s: float = 0) -> bytes:
    """The clean frame: after it the host may ask for the next call."""
    body = frames.CLEAN_BODY.pack(call.nonce, flags, micros(cpu_s), rss_kib, micros(cleanup_s))
    return frames.frame(frames.CLEAN, 0, body)


def micros(seconds: float) -> int:
    return min(int(seconds * 1_000_000), 0xFFFFFFFF)

"""A fork makes every page of PID 1 one to copy when it is written next. Better now than during a call."""

from _socket import socketpair

from runner import frames
from runner.call import Call, clean, result
from runner.cleanup import empty_workspace

_NONCE = bytes(frames.NONCE_BYTES)
_REQUEST = b'{}'
_CALL = frames.CALL_BODY.pack(_NONCE, frames.OP_HOOK, 0, 0, 1, 1, 1, 1, 1, len(_REQUEST))
_STREAM = (
    frames.MAGIC
    + frames.HELLO_BODY.pack(_NONCE, frames.VERSION)
    + frames.frame(frames.CALL, 0, _CALL)
    + frames.frame(frames.DATA, 1, _REQUEST, frames.FLAG_END)
)


def rehearse() -> None:
    """Goes once through what a call does in PID 1, with nothing of a bot's; the workspace is empty already."""
    for item in frames.FrameReader().feed(_STREAM):
        if item[0] == frames.CALL:
            call = Call(item[3])
        elif item[0] == frames.DATA:
            call.receive(item[3], True)
    result(call, frames.CAUSE_OK)
    clean(call)
    empty_workspace()
    mine, theirs = socketpair()
    mine.send(_STREAM)
    theirs.recv(frames.MAX_PAYLOAD)
    mine.close()
    theirs.close()

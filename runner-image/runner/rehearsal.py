"""A fork makes every page of PID 1 one to copy when it is written next. Better now than during a call."""

from _socket import SHUT_WR, socket, socketpair

from runner import frames
from runner.call import Call, clean, result
from runner.cleanup import empty_workspace
from runner.link import Link, Reply
from runner.poll import IN, RDHUP, Poll
from runner.run import Run
from runner.system import OutOfMemoryCount

_NONCE = bytes(frames.NONCE_BYTES)
_REQUEST = b'x' * 1024
_CALL = frames.CALL_BODY.pack(_NONCE, frames.OP_HOOK, 0, 0, 1, 1, 1, 1, 4096, len(_REQUEST))
_STREAM = (
    frames.MAGIC
    + frames.HELLO_BODY.pack(_NONCE, frames.VERSION)
    + frames.frame(frames.CALL, 0, _CALL)
    + frames.frame(frames.DATA, 1, _REQUEST, frames.FLAG_END)
)


class _NoProcess:
    """As much of a worker as a run needs until its process ends."""

    def __init__(self) -> None:
        self.code_fd = None
        self.reply, self.theirs = socketpair()
        self.reply.setblocking(False)

    def close(self) -> None:
        self.reply.close()
        self.theirs.close()


class Rehearsal:
    """Goes through what a call does in PID 1, with nothing of a bot's; the workspace is empty already."""

    def __init__(self, null: int, out_of_memory: OutOfMemoryCount) -> None:
        """`null`: an open /dev/null."""
        self._poll = Poll()
        self._link = Link(null, self._poll)
        self._out_of_memory = out_of_memory

    def play(self) -> None:
        for item in frames.FrameReader().feed(_STREAM):
            if item[0] == frames.CALL:
                call = Call(item[3])
            elif item[0] == frames.DATA:
                call.receive(item[3], True)
        worker = _NoProcess()
        self._run(Run(call, worker), worker.theirs)
        worker.close()
        empty_workspace()

    def _run(self, run: Run, process: socket) -> None:
        run.give()
        process.recv(frames.MAX_PAYLOAD)
        process.send(_REQUEST)
        process.shutdown(SHUT_WR)
        fd = run.worker.reply.fileno()
        self._poll.add(fd, IN | RDHUP, run.read_reply)
        self._poll.wait(0)
        self._poll.remove(fd)
        self._out_of_memory.moved()
        reply = Reply(1, run.reply)
        reply.follow(result(run.call, run.cause, reply=len(run.reply)))
        self._link.ready(reply)
        self._link.send_control(clean(run.call))
        self._link.flush()

"""A call that its process works on: from its request to what came of it."""

import os
import signal
import time

from runner import frames
from runner.call import Call
from runner.child import EXIT_MEMORY
from runner.poll import HUP, RDHUP
from runner.worker import Usage, Worker

_CODE_CAP = 4 * 1024 * 1024


class Run:
    """Is undecided until it has a cause; then all that remains is to clear away."""

    def __init__(self, call: Call, worker: Worker) -> None:
        self.call = call
        self.worker = worker
        self.cause: int | None = None
        self.detail = 0
        self.reply = bytearray()
        self.code = bytearray()
        self.started = time.monotonic()
        self.deadline = self.started + call.wall_ms / 1000
        self._to_give = memoryview(frames.INCREMENT.pack(len(call.request)) + call.request)

    def give(self) -> bool:
        """Hands over of the request what the process takes now; True when it has all.

        Raises ConnectionError if the process has ended: then its exit tells why.
        """
        try:
            while self._to_give:
                self._to_give = self._to_give[self.worker.reply.send(self._to_give):]
        except BlockingIOError:
            return False
        return True

    def read_reply(self, events: int) -> bool:
        """Takes what has come; True if no more will. Whole is a reply whose end its process made before its own."""
        # Where the end came after the events were looked at, the next ones tell whose end it is.
        ended = self._read_reply() and bool(events & (RDHUP | HUP))
        if ended and self.reply and not events & HUP:
            self.decide(frames.CAUSE_OK)
        return ended

    def _read_reply(self) -> bool:
        try:
            while len(self.reply) <= self.call.reply_cap:
                part = self.worker.reply.recv(frames.MAX_PAYLOAD)
                if not part:
                    return True
                self.reply += part
            self.decide(frames.CAUSE_REPLY_TOO_LARGE)
        except BlockingIOError:
            pass
        except OSError:
            return True
        return False

    def read_code(self) -> bool:
        """Takes what has come of the compiled code; True if no more will."""
        try:
            while len(self.code) <= _CODE_CAP:
                part = os.read(self.worker.code_fd, frames.MAX_PAYLOAD)
                if not part:
                    return True
                self.code += part
            self.decide(frames.CAUSE_REPLY_TOO_LARGE)
            return True
        except BlockingIOError:
            return False

    def decide(self, cause: int, detail: int = 0) -> None:
        if self.cause is None:
            self.cause, self.detail = cause, detail

    def exited(self) -> Usage | None:
        """What the process used, and by that time there is a cause; None if it still runs."""
        ended = self.worker.wait()
        if ended is None:
            return None
        status, usage = ended
        if self.cause is None:
            self._read_reply()
            self._judge(status)
        return usage

    def _judge(self, status: int) -> None:
        if os.WIFSIGNALED(status):
            by = os.WTERMSIG(status)
            self.decide(frames.CAUSE_TIMEOUT if by == signal.SIGXCPU else frames.CAUSE_SIGNALLED, by)
            return
        code = os.WEXITSTATUS(status)
        if code == EXIT_MEMORY:
            self.decide(frames.CAUSE_MEMORY, code)
        elif code or not self.reply:
            self.decide(frames.CAUSE_EXITED, code)
        else:
            self.decide(frames.CAUSE_OK)

"""One connection of the bot's: a socket whose other end its process has, and a stream of the host's."""

import select
from _socket import SHUT_WR, socket

from runner import frames
from runner.link import Link, more_credit
from runner.poll import OUT

#: Credit is given back in pieces of this size, so that a transfer costs few frames.
_GRANT_BYTES = frames.WINDOW_BYTES // 4


class Tunnel:
    """Carries bytes both ways and reads none. What the process sent stays in its socket until it may go."""

    def __init__(self, stream: int, end: socket, link: Link) -> None:
        """`end` is ours of the socket pair, not blocking."""
        self.stream = stream
        self.over = False
        self._socket = end
        self._link = link
        self._credit = frames.WINDOW_BYTES
        self._host_credit = frames.WINDOW_BYTES
        self._taken = 0
        self._to_process = bytearray()
        self._sent_end = self._host_ended = False

    def fileno(self) -> int:
        return self._socket.fileno()

    def abandoned(self) -> bool:
        """True if the process has closed its end and the host has all that came from it, its end included."""
        while self._hung_up() and (data := self.next_frame()) is not None:
            self._link.send_control(data)
        return self._sent_end and self._hung_up()

    def _hung_up(self) -> bool:
        asked = select.poll()
        asked.register(self._socket.fileno(), select.POLLHUP)
        return bool(asked.poll(0))

    def close(self) -> None:
        self.over = True
        self._to_process.clear()
        self._socket.close()

    def on_event(self, events: int) -> None:
        if events & OUT:
            self._deliver()
        if not self._sent_end:
            self._link.ready(self)

    def next_frame(self) -> bytes | None:
        """What the process sent, as far as credit goes; its end; or a reset where it cannot be reached."""
        if self.over or self._sent_end or not self._credit:
            return None
        try:
            data = self._socket.recv(min(self._credit, frames.MAX_PAYLOAD))
        except BlockingIOError:
            return None
        except OSError:
            return self._reset()
        self._credit -= len(data)
        if not data:
            self._sent_end = True
            self._end_if_whole()
        return frames.frame(frames.DATA, self.stream, data, 0 if data else frames.FLAG_END)

    def grant(self, increment: int) -> None:
        self._credit = more_credit(self._credit, increment)
        self._link.ready(self)

    def receive(self, payload: bytes, end: bool) -> None:
        """Data of the host's for the process."""
        self._host_credit -= len(payload)
        if self._host_credit < 0 or self._host_ended:
            raise frames.ProtocolError('data without credit')
        self._to_process += payload
        self._host_ended = end
        self._deliver()

    def reset(self) -> None:
        """The stream ends at once; the host is told."""
        self._link.send_control(self._reset())

    def _reset(self) -> bytes:
        self.over = True
        return frames.frame(frames.RESET, self.stream)

    def _deliver(self) -> None:
        try:
            while self._to_process:
                sent = self._socket.send(self._to_process)
                del self._to_process[:sent]
                self._taken += sent
            if self._host_ended:
                self._socket.shutdown(SHUT_WR)
                self._end_if_whole()
        except BlockingIOError:
            pass
        except OSError:
            # The process has closed its end: nobody will read this.
            self.reset()
        self._give_back()

    def _give_back(self) -> None:
        if self._taken >= _GRANT_BYTES and not self._host_ended and not self.over:
            self._link.send_control(
                frames.frame(frames.WINDOW, self.stream, frames.INCREMENT.pack(self._taken)))
            self._host_credit += self._taken
            self._taken = 0

    def _end_if_whole(self) -> None:
        self.over = self._sent_end and self._host_ended and not self._to_process

"""The connections of one call after the other: the process asks here for each of them."""

import errno
import sys
from _socket import AF_UNIX, SCM_RIGHTS, SOCK_SEQPACKET, SOCK_STREAM, SOL_SOCKET, socket, socketpair

from runner import frames
from runner.link import Link
from runner.poll import EDGE, IN, OUT, RDHUP, Poll
from runner.tunnel import Tunnel

_GIVEN, _REFUSED = b'+', b'-'


def asking_pair() -> tuple[socket, socket]:
    """The socket on which a process asks, ours first."""
    ours, theirs = socketpair(AF_UNIX, SOCK_SEQPACKET)
    ours.setblocking(False)
    return ours, theirs


class Connections:
    """Hands out socket pairs and holds their streams; knows nothing of what goes through them."""

    def __init__(self, link: Link, poll: Poll) -> None:
        self._link = link
        self._poll = poll
        self._asked: socket | None = None
        self._limit = 0
        self._held = False
        self._tunnels: dict[int, Tunnel] = {}
        self._last = 0

    def begin(self, asked: socket, limit: int) -> None:
        self._asked, self._limit = asked, limit
        self._listen()

    def end(self) -> None:
        """All streams of the call are over; what comes for them later is dropped."""
        for tunnel in list(self._tunnels.values()):
            self._drop(tunnel)
        self._deaf()

    def take(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        """A frame of the host's for a stream with an even number."""
        tunnel = self._tunnels.get(stream)
        if tunnel is None:
            if stream > self._last:
                raise frames.ProtocolError('a stream that was never opened')
        elif kind == frames.DATA:
            tunnel.receive(payload, bool(flags & frames.FLAG_END))
        elif kind == frames.WINDOW:
            tunnel.grant(frames.INCREMENT.unpack(payload)[0])
        else:
            self._drop(tunnel)

    def tidy(self) -> None:
        """After each round of events: lets go of streams that are over, and hears questions again."""
        for tunnel in [one for one in self._tunnels.values() if one.over]:
            self._drop(tunnel)
        if self._held and not self._link.blocked:
            self._held = False
            self._listen()

    def _listen(self) -> None:
        self._poll.add(self._asked.fileno(), IN, self._on_question)

    def _deaf(self) -> None:
        if self._asked is not None:
            self._poll.remove(self._asked.fileno())
            self._asked.close()
        self._asked, self._held = None, False

    def _on_question(self, _events: int) -> None:
        if self._link.blocked:
            # Open frames have no credit: a process that asks on and on must not fill our memory with them.
            self._poll.remove(self._asked.fileno())
            self._held = True
            return
        try:
            question = self._asked.recv(frames.MAX_QUESTION + 1)
            if question:
                self._answer(question)
                return
        except OSError:
            # Where the process does not read its answers it gets no more of them.
            pass
        self._deaf()

    def _answer(self, question: bytes) -> None:
        if len(question) > frames.MAX_QUESTION or not self._has_room():
            self._asked.send(_REFUSED)
            return
        try:
            ours, theirs = socketpair(AF_UNIX, SOCK_STREAM)
        except OSError:
            self._asked.send(_REFUSED)
            return
        ours.setblocking(False)
        try:
            rights = theirs.fileno().to_bytes(4, sys.byteorder)
            if self._hand_over(rights):
                self._open(question, ours)
            else:
                ours.close()
                self._asked.send(_REFUSED)
        finally:
            theirs.close()

    def _hand_over(self, rights: bytes) -> bool:
        """False where too many descriptors of this user are on their way, which the process can bring about."""
        try:
            self._asked.sendmsg([_GIVEN], [(SOL_SOCKET, SCM_RIGHTS, rights)])
            return True
        except OSError as error:
            if error.errno != errno.ETOOMANYREFS:
                raise
            return False

    def _open(self, question: bytes, ours: socket) -> None:
        self._last += 2
        tunnel = Tunnel(self._last, ours, self._link)
        self._tunnels[tunnel.stream] = tunnel
        self._link.send_control(frames.frame(frames.OPEN, tunnel.stream, question))
        self._poll.add(ours.fileno(), IN | OUT | RDHUP | EDGE, tunnel.on_event)

    def _has_room(self) -> bool:
        """Makes room if it must and can: at the cost of a connection that the process has left for good."""
        if len(self._tunnels) < self._limit:
            return True
        left = next((one for one in self._tunnels.values() if one.abandoned()), None)
        if left is not None:
            left.reset()
            self._drop(left)
        return left is not None

    def _drop(self, tunnel: Tunnel) -> None:
        self._link.forget(tunnel)
        del self._tunnels[tunnel.stream]
        self._poll.remove(tunnel.fileno())
        tunnel.close()

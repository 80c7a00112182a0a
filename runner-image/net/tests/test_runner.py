"""The runner's side of asking, where the kernel will not hand a descriptor over."""

import errno
import os
import unittest
from _socket import AF_UNIX, SOCK_SEQPACKET, socketpair

from runner.connections import Connections


class Crowded:
    """A socket to a process that has left too many descriptors on their way, `times` times."""

    def __init__(self, socket, times):
        self._socket, self._times = socket, times

    def sendmsg(self, *arguments):
        if self._times:
            self._times -= 1
            raise OSError(errno.ETOOMANYREFS, os.strerror(errno.ETOOMANYREFS))
        return self._socket.sendmsg(*arguments)

    def __getattr__(self, name):
        return getattr(self._socket, name)


class Link:
    blocked = False

    def __init__(self):
        self.sent = []

    def send_control(self, data):
        self.sent.append(data)

    def forget(self, _tunnel):
        pass


class Poll:
    def __init__(self):
        self.heard = {}

    def add(self, fd, _events, heard):
        self.heard[fd] = heard

    def remove(self, fd):
        self.heard.pop(fd, None)


class Asked(unittest.TestCase):
    def test_with_too_many_descriptors_on_their_way_it_refuses_and_hears_the_next_question(self):
        asked, process = socketpair(AF_UNIX, SOCK_SEQPACKET)
        link, poll = Link(), Poll()
        connections = Connections(link, poll)
        connections.begin(Crowded(asked, 2), 4)
        answers = []
        before = len(os.listdir('/proc/self/fd'))
        for _ in range(3):
            process.send(b'{}')
            poll.heard[asked.fileno()](1)
            answers.append(process.recv(1))
            if answers[-1] == b'-':
                self.assertEqual(before, len(os.listdir('/proc/self/fd')), 'a descriptor is left')
        self.assertEqual([b'-', b'-', b'+'], answers)
        self.assertEqual(1, len(link.sent), 'a stream for the one that was granted')
        connections.end()
        process.close()


if __name__ == '__main__':
    unittest.main()

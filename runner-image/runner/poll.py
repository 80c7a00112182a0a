"""Waits for file descriptors, each with what is to be done about it."""

import select
from collections.abc import Callable

IN, OUT, HUP, RDHUP = select.EPOLLIN, select.EPOLLOUT, select.EPOLLHUP, select.EPOLLRDHUP
EDGE = select.EPOLLET

_AT_ONCE = 64


class Poll:
    """Each descriptor has one handler, which gets the events that were seen."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._handlers: dict[int, Callable[[int], None]] = {}

    def add(self, fd: int, events: int, handler: Callable[[int], None]) -> None:
        self._handlers[fd] = handler
        self._epoll.register(fd, events)

    def change(self, fd: int, events: int) -> None:
        self._epoll.modify(fd, events)

    def remove(self, fd: int) -> None:
        """Before the descriptor is closed; nothing if it is not here."""
        if self._handlers.pop(fd, None) is not None:
            self._epoll.unregister(fd)

    def wait(self, seconds: float | None) -> None:
        """Handles what is ready, at most so many seconds later."""
        seen = [(fd, events, self._handlers.get(fd)) for fd, events in self._epoll.poll(seconds, _AT_ONCE)]
        for fd, events, handler in seen:
            # A handler before it may have closed this descriptor, and another may have got its number.
            if handler is not None and self._handlers.get(fd) is handler:
                handler(events)

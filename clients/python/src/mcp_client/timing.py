"""How long to wait for what."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Seconds and counts; the defaults suit a server of this project."""

    heartbeat_s: float = 30.0
    """Between two signs of life of a listening agent."""
    silence_s: float = 75.0
    """A socket that brings nothing for so long is given up: the line may have ended without a word."""
    call_s: float = 30.0
    """For the answer to a call, beside the time that it asks the server to wait."""
    farewell_s: float = 5.0
    """For the last acknowledgement when listening ends, and for a handler when the client is closed."""
    tries: int = 6
    """How often a call is made before its error is raised."""
    first_pause_s: float = 0.25
    """About how long the first pause is; each following one is twice as long."""
    longest_pause_s: float = 20.0
    """A server that asks for more patience than this has its refusal raised."""

    def backoff(self) -> Backoff:
        """Pauses from the first one on."""
        return Backoff(self.first_pause_s, self.longest_pause_s)


class Backoff:
    """Growing pauses, none of them predictable: those who were cut off together do not come back together."""

    def __init__(self, first_s: float, longest_s: float) -> None:
        self._first = first_s
        self._longest = longest_s
        self._step = first_s

    def next(self) -> float:
        """The next pause in seconds."""
        step = self._step
        self._step = min(step * 2, self._longest)
        return random.uniform(step / 2, step)

    def reset(self) -> None:
        """Begins with the first pause again."""
        self._step = self._first

"""Committed chance and frozen time: everything that a hook could draw from comes from its call.

The seed is secret until the bot is removed, and the time is the causing entry's; so a hook that
runs twice gives the same answer.
"""

import hmac
import random
import time

_real_time = time.time


class Moment:
    """The seed and the time of the one hook that this process runs."""

    def __init__(self):
        self.seed = bytes(32)
        self.now_ms = int(_real_time() * 1000)
        self._drawn = 0
        self._unseeded = 0

    def begin(self, seed: bytes, now_ms: int) -> None:
        """Start a hook: 32 bytes of seed, ms since the epoch."""
        self.seed = seed
        self.now_ms = now_ms
        self._drawn = self._unseeded = 0
        SHARED.seed(self.derive(b'random'))
        # Library code under the facades (boundaries of mail, ages of cookies) draws from the same.
        random.seed(self.derive(b'library'))
        time.time = self.now

    def end(self) -> None:
        """Gives the process its clock back, where it is not over with its hook."""
        time.time = _real_time

    def now(self) -> float:
        """Seconds since the epoch, as `time.time()`."""
        return self.now_ms / 1000

    def derive(self, label: bytes) -> int:
        """A seed for a generator, which belongs to this hook and this label.

        Two seeds that differ anywhere give generators that have nothing in common, so no hash is needed.
        """
        return int.from_bytes(self.seed + label)

    def unseeded(self) -> int:
        """Another such integer for each generator that a bot makes without a seed."""
        self._unseeded += 1
        return self.derive(b'unseeded:%d' % self._unseeded)

    def draw(self, count: int) -> bytes:
        """The next bytes of the stream behind `secrets`: HMAC-SHA256 in counter mode."""
        out = bytearray()
        while len(out) < count:
            self._drawn += 1
            out += hmac.digest(self.seed, b'secrets:%d' % self._drawn, 'sha256')
        return bytes(out[:count])


class SeededRandom(random.Random):
    """`random.Random`, seeded from the hook wherever the real one asks the system."""

    def seed(self, a=None, version=2):
        super().seed(MOMENT.unseeded() if a is None else a, version)


class SecretRandom(random.Random):
    """`secrets.SystemRandom` over the hook's stream."""

    def random(self):
        return (int.from_bytes(MOMENT.draw(7)) >> 3) * 2.0**-53

    def getrandbits(self, k):
        size = (k + 7) // 8
        return int.from_bytes(MOMENT.draw(size)) >> (size * 8 - k)

    def randbytes(self, n):
        return MOMENT.draw(n)

    def seed(self, *args, **kwargs):
        return None


MOMENT = Moment()
#: What the functions of the `random` facade share, as those of the real module do.
SHARED = SeededRandom()

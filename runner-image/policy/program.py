"""A loaded bot as bytes, which the runner keeps without looking into them."""

import marshal
from types import CodeType
from typing import NamedTuple

#: The hooks of a bot class.
HOOKS = ('on_init', 'on_join', 'on_message', 'on_private_message')


class Program(NamedTuple):
    """What a hook needs: the class's name, the source for tracebacks, the compiled module body."""

    class_name: str
    source: str
    code: CodeType

    def dump(self) -> bytes:
        """The program as bytes for `parse`, of this Python version only."""
        return marshal.dumps((self.class_name, self.source, self.code))

    @staticmethod
    def parse(data: bytes) -> 'Program':
        """A program from the bytes that `dump` gave. Not for bytes from anywhere else."""
        return Program(*marshal.loads(data))

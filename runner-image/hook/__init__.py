"""Runs one hook of one bot, in a process that exists for nothing else.

`preload` makes the process ready from which those are forked.
"""

from .run import run
from .warming import preload, warm

__all__ = ['preload', 'run', 'warm']

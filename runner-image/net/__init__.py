"""The network as bot code sees it: sockets that are streams in the container's pipe.

A container has no network. `install` gives the process the socket on which PID 1 takes questions;
`load` puts our sockets in the place of the real ones, before anything that builds on them is imported.
"""

from .asking import install
from .patching import load

__all__ = ['install', 'load']

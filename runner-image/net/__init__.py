"""The network as bot code sees it: sockets that are streams in the container's pipe.

A container has no network. `install` gives the process the socket on which PID 1 takes questions;
`load` puts our sockets in the place of the real ones, before anything that builds on them is imported.
`share_roots` belongs after the import of requests, `rehearse` before the processes that use the network.
"""

from .asking import install
from .patching import load
from .roots import share_roots
from .warming import rehearse

__all__ = ['install', 'load', 'rehearse', 'share_roots']

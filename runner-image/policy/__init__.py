"""Language policy of bots: what bot code may say and reach.

`load` refuses or compiles a source, `preload` builds what every hook needs ahead of forks. The
policy narrows what a bot can do; the container around it is the boundary.
"""

from .errors import PolicyError
from .loading import load
from .world import preload

__all__ = ['PolicyError', 'load', 'preload']

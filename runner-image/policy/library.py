"""The modules that bots can import: facades in a tree, and `__import__` over them."""

from . import facade
from .facade import Facade
from .output import OUTPUT
from .surface import ALL, ALLOWED_ROOTS, LATE_ROOTS, NETWORK_ROOTS

_loaded: dict[str, Facade] = {}
#: Requests in PID 1 after which hooks are no faster for another one.
_REHEARSALS = 8


def is_known(name: str) -> bool:
    """True for a dotted name that bots may import."""
    return name in ALL


def get(name: str) -> Facade:
    """The facade of an allowed module, with all of its submodules in place."""
    found = _loaded.get(name)
    if found is None:
        found = _load_tree(name.partition('.')[0], name)
    return found


def preload() -> None:
    """Builds every facade but those of the heavy modules, which come when a bot imports them."""
    for name in ALL:
        if name.partition('.')[0] not in LATE_ROOTS:
            get(name)


def import_network(names: list[str]) -> None:
    """Imports those of the network modules that are named by their top names, with all of their facades.

    For PID 1, which forks the processes of hooks: what it has, they need not import. Other names are ignored.
    """
    for name in ALL:
        root = name.partition('.')[0]
        if root in LATE_ROOTS and root in names:
            get(name)
    if NETWORK_ROOTS.intersection(names):
        import net

        net.rehearse(_REHEARSALS)


def guarded_import(name, globals=None, locals=None, fromlist=(), level=0):
    """`__import__` of bot code: allowed modules only, and never a name that a facade does not have."""
    if level != 0:
        raise ImportError('relative imports are not allowed')
    if name not in ALL:
        raise ImportError(refusal(name))
    module = get(name)
    for wanted in fromlist or ():
        # Checked here, because the interpreter would look a missing name up in sys.modules.
        if wanted.startswith('_') or wanted not in vars(module):
            raise ImportError(f'cannot import {wanted!r} from {name!r}: it is not available to bots')
    return module if fromlist else get(name.partition('.')[0])


def refusal(name: str) -> str:
    """The sentence for a module that bots may not import."""
    return f'Import of {name!r} is not allowed. Allowed are: {", ".join(ALLOWED_ROOTS)}.'


def _load_tree(root: str, wanted: str) -> Facade:
    for name in (key for key in ALL if key == root or key.startswith(root + '.')):
        module = facade.build(name)
        if name == 'sys':
            vars(module).update(stdout=OUTPUT, stderr=OUTPUT, argv=('bot',))
        _loaded[name] = module
        parent, _, leaf = name.rpartition('.')
        if parent:
            vars(_loaded[parent])[leaf] = module
    return _loaded[wanted]

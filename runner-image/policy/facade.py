"""Facades: what a bot gets when it imports a module.

A raw module leads to every other one (json.codecs.sys.modules["os"]); a facade holds a chosen set
of its values and nothing else.
"""

from importlib import import_module
from types import ModuleType

from . import mail
from .surface import ALL, NETWORK_ROOTS, Surface
from .substitutes import substitutes
from .writing import read_only

_CONSTANTS = (int, float, str, bytes, tuple, frozenset, bool)


@read_only
class Facade:
    """A module as a bot sees it. Its values are its attributes; it knows no module object.

    There is no `__name__`: with one, `from x import y` would fall back on sys.modules.
    """

    def __init__(self, name: str, values: dict):
        self.__dict__.update(values)
        self.__dict__['__facade__'] = name

    def __getattr__(self, name):
        if name[:1] == '_':
            raise AttributeError(name)
        raise AttributeError(f'module {self.__dict__["__facade__"]!r} has no {name!r} for bots')

    def __repr__(self):
        return f'<module {self.__dict__["__facade__"]!r}>'


def build(name: str) -> Facade:
    """The facade of one allowed module, without its submodules. Imports the real one."""
    module = _import(name)
    surface = ALL[name]
    values = {key: getattr(module, key) for key in _shown(module, surface)}
    values.update(substitutes(name))
    return Facade(name, {key: value for key, value in values.items() if not isinstance(value, ModuleType)})


def _import(name: str) -> ModuleType:
    module = _import_original(name)
    mail.mend()
    return module


def _import_original(name: str) -> ModuleType:
    root = name.partition('.')[0]
    if root not in NETWORK_ROOTS:
        return import_module(name)
    # Imported late: most bots never ask for it.
    import net

    net.load()
    module = import_module(name)
    if root == 'requests':
        net.share_roots()
    return module


def _shown(module: ModuleType, surface: Surface) -> list[str]:
    if surface.names != ('*',):
        return [name for name in surface.names if hasattr(module, name)]
    listed = getattr(module, '__all__', None)
    names = listed if listed is not None else [name for name in vars(module) if _is_own(module, name)]
    return [name for name in names if not name.startswith('_') and name not in surface.without]


def _is_own(module: ModuleType, name: str) -> bool:
    """True for constants, and for functions and classes that come from the module's own package."""
    value = getattr(module, name)
    root = module.__name__.partition('.')[0]
    home = getattr(value, '__module__', None)
    if isinstance(home, str):
        return home.partition('.')[0].lstrip('_') == root
    return isinstance(value, _CONSTANTS)

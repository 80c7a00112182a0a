"""What is refused before anything runs: imports, names and constructs, each with a line and a sentence."""

import ast

from . import library
from .barriers import FILE_NAMES
from .errors import PolicyError
from .surface import LATE_ROOTS, NETWORK_ROOTS

_NEVER = {
    'eval': 'Eval calls are not allowed: a bot cannot run code that it makes up.',
    'exec': 'Exec calls are not allowed: a bot cannot run code that it makes up.',
    '__import__': 'Imports are written as import statements.',
    '__builtins__': 'Direct access to __builtins__ is not allowed.',
}
#: Builtins that bots do not have; fine as names of the bot's own.
_ABSENT = frozenset('breakpoint compile dir exit globals help input locals memoryview quit vars'.split())
_UNSUPPORTED = {
    ast.AsyncFunctionDef: 'async functions are not available: a hook is an ordinary method.',
    ast.Await: 'await is not available: a hook is an ordinary method.',
    ast.AsyncFor: 'async for is not available: a hook is an ordinary method.',
    ast.AsyncWith: 'async with is not available: a hook is an ordinary method.',
    ast.Match: 'match statements are not available: use if and elif.',
    ast.TryStar: 'except* is not available: use except.',
    ast.TypeAlias: 'type statements are not available: assign the type to a name.',
}


def check(nodes: list[ast.AST]) -> None:
    """Refuses the first thing that bot code may not say, in the order of lines.

    Takes every node of the module. Raises PolicyError with its line.
    """
    found = sorted(_Checker().problems(nodes), key=lambda problem: problem[0])
    if found:
        line, message = found[0]
        more = len({at for at, _ in found}) - 1
        raise PolicyError(line, message + (f' ({more} more lines are refused as well.)' if more else ''))


def uses_network(nodes: list[ast.AST]) -> bool:
    """True where the code imports a module that is of use with a network only."""
    return any(name.partition('.')[0] in NETWORK_ROOTS for node in nodes for name in _imported(node))


def late_imports(nodes: list[ast.AST]) -> list[str]:
    """Top names of the imported modules that are loaded on demand, sorted."""
    roots = {name.partition('.')[0] for node in nodes for name in _imported(node)}
    return sorted(roots & LATE_ROOTS)


def class_lines(tree: ast.Module) -> dict[str, int]:
    """The lines of the classes at the top of the module."""
    return {node.name: node.lineno for node in tree.body if isinstance(node, ast.ClassDef)}


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module]
    return []


class _Checker:
    def __init__(self):
        self._bound: set[str] = set()
        self._facades: dict[str, object] = {}

    def problems(self, nodes):
        for node in nodes:
            self._bind(node)
        for node in nodes:
            message = self._problem(node)
            if message:
                yield node.lineno, message

    def _bind(self, node):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            self._bound.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            self._bound.add(node.name)
        elif isinstance(node, ast.arg):
            self._bound.add(node.arg)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            self._bound.add(node.name)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name.partition('.')[0]
                self._bind_import(alias.asname or root, alias.name if alias.asname else root)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                self._bind_import(alias.asname or alias.name, f'{node.module}.{alias.name}')

    def _bind_import(self, name, dotted):
        # A name that means two things is left to the guards.
        if library.is_known(dotted) and self._facades.get(name, dotted) == dotted:
            self._facades[name] = dotted
        else:
            self._bound.add(name)

    def _problem(self, node):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            return self._import_problem(node)
        if isinstance(node, ast.Name):
            return self._name_problem(node)
        if isinstance(node, ast.Attribute):
            return self._attribute_problem(node)
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and getattr(node, 'type_params', None):
            return 'Type parameters are not available: use typing.TypeVar.'
        return _UNSUPPORTED.get(type(node))

    def _import_problem(self, node):
        if isinstance(node, ast.ImportFrom):
            if node.level or not node.module:
                return 'Relative imports are not allowed: a bot is one file.'
            if node.module == '__future__':
                return None
        for name in _imported(node):
            if not library.is_known(name):
                return library.refusal(name)
        if isinstance(node, ast.ImportFrom):
            return self._from_problem(node)
        return None

    def _from_problem(self, node):
        for alias in node.names:
            if alias.name == '*':
                return 'Star imports are not allowed: name what you import.'
            if alias.name not in vars(library.get(node.module)):
                return f'{node.module}.{alias.name} is not available to bots.'
        return None

    def _name_problem(self, node):
        if node.id in _NEVER:
            return _NEVER[node.id]
        if node.id in _ABSENT and node.id not in self._bound:
            return f'{node.id}() is not available to bots.'
        return None

    def _attribute_problem(self, node):
        if node.attr in FILE_NAMES:
            return f'{node.attr} is not available to bots: it writes a file.'
        dotted = _dotted(node)
        if dotted is None or dotted[0] not in self._facades or dotted[0] in self._bound:
            return None
        value, path = library.get(self._facades[dotted[0]]), dotted[1:]
        for at, name in enumerate(path):
            if not isinstance(value, library.Facade):
                return None
            if name not in vars(value):
                return f'{".".join(dotted[: at + 2])} is not available to bots.'
            value = vars(value)[name]
        return None


def _dotted(node) -> list[str] | None:
    """`a.b.c` as its names, None for anything else below an attribute."""
    names = [node.attr]
    while isinstance(node.value, ast.Attribute):
        node = node.value
        names.append(node.attr)
    return [node.value.id, *reversed(names)] if isinstance(node.value, ast.Name) else None

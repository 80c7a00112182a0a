"""The policy class of RestrictedPython: what of the language bots may use, and how it is guarded.

Stock RestrictedPython lacks annotations, augmented assignment to attributes and items, `nonlocal`,
`super` and most special methods. All of them are put in terms of the guards here.
"""

import ast

from RestrictedPython.transformer import IOPERATOR_TO_STR, RestrictingNodeTransformer, copy_locations

#: Special methods that a bot's class may define, besides RestrictedPython's own.
SPECIAL_METHODS = frozenset(
    '__str__ __repr__ __len__ __bool__ __hash__ __iter__ __next__ __getitem__ __setitem__ __delitem__ __call__ '
    '__enter__ __exit__ __add__ __radd__ __sub__ __rsub__ __mul__ __rmul__ __truediv__ __mod__ __neg__ '
    '__or__ __and__ __xor__ __int__ __float__ __index__ __reversed__'.split()
)


class BotTransformer(RestrictingNodeTransformer):
    """Turns bot code into code that reads and writes through guards only."""

    def check_name(self, node, name, allow_magic_methods=False):
        if allow_magic_methods and name in SPECIAL_METHODS and node.col_offset != 0:
            return
        super().check_name(node, name, allow_magic_methods)

    def visit_Name(self, node):
        # `print` is an ordinary builtin here, so that it can be passed on like any other function.
        if node.id == 'print' and isinstance(node.ctx, ast.Load):
            return node
        if node.id == 'super':
            self.error(node, 'super can only be called, as super().')
        return super().visit_Name(node)

    def visit_Call(self, node):
        if isinstance(node.func, ast.Name) and node.func.id == 'super':
            if node.args or node.keywords:
                self.error(node, 'super() takes no arguments in bot code.')
            return node
        return super().visit_Call(node)

    def visit_keyword(self, node):
        # Library code takes names of arguments for names of attributes.
        if node.arg is not None and node.arg.startswith('_'):
            self.error(node, f'"{node.arg}" is an invalid name of an argument because it starts with "_".')
        return super().visit_keyword(node)

    def visit_Attribute(self, node):
        if _is_super_init(node):
            call = self._guard_call('_getattr_', self.visit(node.value), ast.Constant(node.attr))
            copy_locations(call, node)
            return call
        return super().visit_Attribute(node)

    def visit_arg(self, node):
        # Annotations say nothing that runs: leaving them out spares bots their evaluation.
        node.annotation = None
        return super().visit_arg(node)

    def visit_FunctionDef(self, node):
        node.returns = None
        return super().visit_FunctionDef(node)

    def visit_Nonlocal(self, node):
        for name in node.names:
            self.check_name(node, name)
        return node

    def visit_AnnAssign(self, node):
        plain = ast.Pass() if node.value is None else ast.Assign(targets=[node.target], value=node.value)
        copy_locations(plain, node)
        return self.visit(plain)

    def visit_ImportFrom(self, node):
        if node.module == '__future__':
            nothing = ast.Pass()
            copy_locations(nothing, node)
            return nothing
        return super().visit_ImportFrom(node)

    def visit_AugAssign(self, node):
        if isinstance(node.target, ast.Name):
            return super().visit_AugAssign(node)
        return self._augmented(node)

    def _augmented(self, node):
        """`a.b += c` as `t = a; t.b = _inplacevar_("+=", t.b, c)`, each part evaluated once and in order."""
        target = node.target
        holder = self.gen_tmp_name()
        statements = [_assign(holder, self.visit(target.value))]
        if isinstance(target, ast.Attribute):
            super().visit_Attribute(ast.copy_location(_attribute('x', target.attr), node))
            old = self._guard_call('_getattr_', _load(holder), ast.Constant(target.attr))
            place = ast.Attribute(self._guard_call('_write_', _load(holder)), target.attr, ast.Store())
            temporaries = [holder]
        else:
            index = self.gen_tmp_name()
            statements.append(_assign(index, self.visit(target.slice)))
            old = self._guard_call('_getitem_', _load(holder), _load(index))
            place = ast.Subscript(self._guard_call('_write_', _load(holder)), _load(index), ast.Store())
            temporaries = [holder, index]
        symbol = ast.Constant(IOPERATOR_TO_STR[type(node.op)])
        new = self._guard_call('_inplacevar_', symbol, old, self.visit(node.value))
        statements.append(ast.Assign(targets=[place], value=new))
        statements.append(ast.Delete(targets=[ast.Name(name, ast.Del()) for name in temporaries]))
        for statement in statements:
            copy_locations(statement, node)
        return statements

    def _guard_call(self, guard, *args):
        return ast.Call(func=_load(guard), args=list(args), keywords=[])


def _load(name):
    return ast.Name(name, ast.Load())


def _assign(name, value):
    return ast.Assign(targets=[ast.Name(name, ast.Store())], value=value)


def _attribute(name, attr):
    return ast.Attribute(_load(name), attr, ast.Load())


def _is_super_init(node) -> bool:
    """`super().__init__`, the one underscore name that bot code needs."""
    call = node.value
    return (
        node.attr == '__init__'
        and isinstance(node.ctx, ast.Load)
        and isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == 'super'
    )

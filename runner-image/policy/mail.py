"""E-mail policies, which set attributes by the names of their arguments, past the guards of writing."""

import sys

_MODULE = 'email._policybase'
_done: list[bool] = []


def mend() -> None:
    """Holds those names to the rule of all names, once e-mail is imported, by whatever module.

    The guards of calls do not see each of them: library code hands on arguments that a bot left in its objects.
    """
    if _done or _MODULE not in sys.modules:
        return
    _done.append(True)
    policy = sys.modules[_MODULE]._PolicyBase
    policy.__init__ = _with_public_names(policy.__init__)
    policy.clone = _with_public_names(policy.clone)


def _with_public_names(method):
    def checked(self, /, **values):
        for name in values:
            if str.startswith(name, '_'):
                raise TypeError(f'{name!r} is no attribute of a policy')
        return method(self, **values)

    return checked

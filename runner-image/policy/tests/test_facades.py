"""What bots reach through imports: no module, no frame, nothing that evaluates."""

import io
import typing
import unittest
from types import CodeType, FrameType, ModuleType, TracebackType

import harness
from policy import library
from policy.facade import Facade
from policy.getting import guarded_getattr
from policy.surface import ALL, ALLOWED_ROOTS

BARRED = (ModuleType, FrameType, CodeType, TracebackType)
FORBIDDEN = (eval, exec, compile, open, io.FileIO, type, vars, globals, __import__, typing.get_type_hints)


class Reachable(unittest.TestCase):
    """Walks everything that public attributes lead to from each facade."""

    def test_no_attribute_leads_to_a_module_or_the_interpreter(self):
        seen = 0
        for path, value in _walk():
            seen += 1
            self.assertNotIsInstance(value, BARRED, path)
            for forbidden in FORBIDDEN:
                self.assertIsNot(value, forbidden, path)
        self.assertGreater(seen, 2000)

    def test_every_name_of_the_surface_exists(self):
        for name, surface in ALL.items():
            module = __import__(name, fromlist=['x'])
            for wanted in surface.names if surface.names != ('*',) else ():
                with self.subTest(f'{name}.{wanted}'):
                    self.assertTrue(hasattr(module, wanted))


class Imports(unittest.TestCase):
    """The modules that the description of bots lists, and only these."""

    LISTED = (
        'base64 certifi charset_normalizer collections copy datetime email functools hashlib hmac http idna io itertools '
        'json math random re requests secrets socket ssl sys time traceback typing urllib urllib3 warnings weakref'
    ).split()

    def test_the_list(self):
        self.assertEqual(list(ALLOWED_ROOTS), self.LISTED)

    def test_each_module_can_be_imported_in_every_form(self):
        for name in ALL:
            with self.subTest(name):
                first = next((n for n in vars(library.get(name)) if not n.startswith('_')), None)
                top = f'import {name}\nimport {name} as other\n' + (
                    f'from {name} import {first} as third\n' if first else ''
                )
                self.assertEqual(harness.answer(f'post(repr({name}) == repr(other))', top), True)

    def test_submodules_are_attributes_of_their_parents(self):
        self.assertEqual(harness.answer("post(urllib.parse.quote('a b'))", 'import urllib.parse'), 'a%20b')
        self.assertEqual(harness.answer("post(p.quote('a b'))", 'from urllib import parse as p'), 'a%20b')

    def test_a_missing_name_is_not_looked_up_among_loaded_modules(self):
        # The interpreter falls back on sys.modules for `from x import y` where x has a __name__.
        self.assertFalse(hasattr(library.get('json'), '__name__'))
        with self.assertRaises(ImportError):
            library.guarded_import('json', fromlist=('scanner',))

    def test_other_modules_cannot_be_imported(self):
        for name in (
            'os',
            'subprocess',
            'importlib',
            'inspect',
            'ctypes',
            'gc',
            'string',
            'operator',
            'types',
            'enum',
            'policy',
            'hook',
        ):
            with self.subTest(name), self.assertRaises(ImportError):
                library.guarded_import(name)


class Pins(unittest.TestCase):
    """Literal copies of the surfaces that matter most: a change to them shows in a diff."""

    PINNED = {
        'sys': 'argv byteorder float_info getrecursionlimit int_info intern maxsize maxunicode platform stderr stdout version version_info',
        'io': 'BytesIO DEFAULT_BUFFER_SIZE SEEK_CUR SEEK_END SEEK_SET StringIO UnsupportedOperation',
        'functools': 'cache cached_property cmp_to_key lru_cache partial partialmethod reduce total_ordering update_wrapper wraps',
        'traceback': 'format_exc format_exception format_exception_only print_exc print_exception',
        'warnings': 'catch_warnings filterwarnings resetwarnings simplefilter warn',
        'weakref': 'ReferenceType WeakKeyDictionary WeakMethod WeakSet WeakValueDictionary getweakrefcount proxy ref',
        'copy': 'Error copy deepcopy',
        'json': 'JSONDecodeError JSONDecoder JSONEncoder dump dumps load loads',
        'hmac': 'HMAC compare_digest digest new',
    }

    def test_sensitive_surfaces(self):
        for name, names in self.PINNED.items():
            with self.subTest(name):
                shown = sorted(n for n in vars(library.get(name)) if not n.startswith('_'))
                self.assertEqual(shown, names.split())


def _walk():
    todo = [(name, library.get(name)) for name in ALLOWED_ROOTS]
    seen = {}
    while todo:
        path, value = todo.pop()
        if id(value) in seen or path.count('.') > 6:
            continue
        seen[id(value)] = value  # held, so that no other value takes its id
        yield path, value
        todo.extend(_public(path, value))


def _public(path, value):
    names = vars(value) if isinstance(value, Facade) else dir(value)
    for name in names:
        try:
            yield f'{path}.{name}', guarded_getattr(value, name)
        except Exception:
            continue


if __name__ == '__main__':
    unittest.main()

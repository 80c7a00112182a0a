"""What each allowed module shows to bots: the one place to read or to change it.

A tuple lists the names; "*" takes the module's `__all__`, or its public functions, classes and
constants of its own. `without` takes names away. Modules never are among them.
"""

from typing import NamedTuple

STAR = ('*',)


class Surface(NamedTuple):
    """Names that a module shows, and names that it does not although `names` would."""

    names: tuple[str, ...] = STAR
    without: frozenset[str] = frozenset()


def _only(names: str) -> Surface:
    return Surface(tuple(names.split()))


def _all_but(names: str = '') -> Surface:
    return Surface(STAR, frozenset(names.split()))


#: Modules that read or write files, reach frames or evaluate strings show a list; the others "*".
CORE = {
    'json': _only('dump dumps load loads JSONDecodeError JSONDecoder JSONEncoder'),
    'math': _all_but(),
    're': _all_but(),
    'base64': _all_but(),
    'hashlib': _all_but(),
    'hmac': _only('new compare_digest digest HMAC'),
    'copy': _only('copy deepcopy Error'),
    # No get_type_hints, ForwardRef, get_origin: they evaluate strings, or hand out `type`.
    'typing': _only(
        'Any AnyStr Annotated Callable ClassVar Collection Container Counter DefaultDict Deque Dict Final FrozenSet '
        'Generator Generic Hashable Iterable Iterator List Literal Mapping MutableMapping MutableSequence MutableSet '
        'Never NewType NoReturn NotRequired Optional OrderedDict ParamSpec Protocol Required Reversible Self Sequence '
        'Set Sized SupportsFloat SupportsInt Text Tuple TypeAlias TypeVar TypedDict Union TYPE_CHECKING '
        'assert_never cast final overload'
    ),
    # UserString.format is str.format out of the guards' sight.
    'collections': _all_but('UserString'),
    'collections.abc': _all_but(),
    'itertools': _all_but(),
    # update_wrapper and wraps copy any attribute anywhere (replaced); singledispatch evaluates annotations.
    'functools': _only(
        'cache cached_property cmp_to_key lru_cache partial partialmethod reduce total_ordering'
    ),
    'io': _only('BytesIO StringIO SEEK_SET SEEK_CUR SEEK_END DEFAULT_BUFFER_SIZE UnsupportedOperation'),
    'sys': _only(
        'byteorder float_info getrecursionlimit int_info intern maxsize maxunicode platform version version_info'
    ),
    'warnings': _only('filterwarnings resetwarnings simplefilter warn'),
    'weakref': _only(
        'ReferenceType WeakKeyDictionary WeakMethod WeakSet WeakValueDictionary getweakrefcount proxy ref'
    ),
    'email': _only('message_from_bytes message_from_string'),
    'email.encoders': _all_but(),
    'email.errors': _all_but(),
    'email.header': _all_but(),
    'email.headerregistry': _all_but(),
    'email.message': _all_but(),
    'email.mime': _only(''),
    'email.mime.application': _all_but(),
    'email.mime.base': _all_but(),
    'email.mime.multipart': _all_but(),
    'email.mime.text': _all_but(),
    'email.parser': _all_but(),
    'email.policy': _all_but(),
    'email.utils': _all_but('localtime formatdate make_msgid'),
}

#: The replaced parts of these come from `substitutes`.
SUBSTITUTED = {
    'random': _only(''),
    'secrets': _only('compare_digest DEFAULT_ENTROPY'),
    'time': _only(
        'monotonic monotonic_ns perf_counter perf_counter_ns process_time sleep struct_time mktime '
        'timezone tzname altzone daylight'
    ),
    'datetime': _only('MAXYEAR MINYEAR UTC time timedelta timezone tzinfo'),
    'traceback': _only(''),
}

#: What needs a network to be of use; importing any of them marks the bot as a network bot.
NETWORK = {
    # No descriptors: not to close, to copy, to adopt or to hand over.
    'socket': _all_but(
        'CMSG_LEN CMSG_SPACE SocketIO close create_server dup fromfd fromshare if_indextoname if_nameindex '
        'if_nametoindex recv_fds send_fds sethostname socketpair SocketType CAPI'
    ),
    # No RAND_…: chance comes from the hook's seed.
    'ssl': _all_but('SSLSocket SSLObject RAND_add RAND_bytes RAND_status'),
    'http': _all_but(),
    'http.client': _all_but(),
    'http.cookies': _all_but(),
    'http.cookiejar': _only('Cookie CookieJar CookiePolicy DefaultCookiePolicy'),
    'urllib': _only(''),
    'urllib.error': _all_but(),
    'urllib.parse': _all_but(),
    'urllib.request': _only(
        'Request OpenerDirector BaseHandler HTTPBasicAuthHandler HTTPCookieProcessor HTTPErrorProcessor HTTPHandler '
        'HTTPPasswordMgr HTTPPasswordMgrWithDefaultRealm HTTPRedirectHandler HTTPSHandler parse_http_list '
        'parse_keqv_list'
    ),
}

THIRD_PARTY = {
    "requests": _only(
        "ConnectTimeout ConnectionError HTTPError JSONDecodeError PreparedRequest ReadTimeout Request "
        "RequestException Response Session Timeout TooManyRedirects URLRequired codes delete get head options patch "
        "post put request session"
    ),
    "requests.adapters": _only("BaseAdapter HTTPAdapter Retry"),
    "requests.auth": _only("AuthBase HTTPBasicAuth HTTPDigestAuth HTTPProxyAuth"),
    "requests.cookies": _only("RequestsCookieJar cookiejar_from_dict create_cookie"),
    "requests.exceptions": _all_but(),
    "requests.structures": _only("CaseInsensitiveDict LookupDict"),
    "urllib3": _only(
        "HTTPConnectionPool HTTPHeaderDict HTTPResponse HTTPSConnectionPool PoolManager ProxyManager Retry Timeout "
        "connection_from_url disable_warnings make_headers request"
    ),
    "urllib3.exceptions": _all_but(),
    "urllib3.util": _only("Retry Timeout Url make_headers parse_url"),
    "certifi": _only("contents where"),
    "charset_normalizer": _only("CharsetMatch CharsetMatches from_bytes is_binary"),
    "idna": _only("IDNABidiError IDNAError InvalidCodepoint InvalidCodepointContext alabel check_label decode encode "
                  "ulabel uts46_remap"),
}  # fmt: skip

ALL = {**CORE, **SUBSTITUTED, **NETWORK, **THIRD_PARTY}

#: What the mission of bots allows to import, by its top name.
ALLOWED_ROOTS = tuple(sorted({name.partition('.')[0] for name in ALL}))

NETWORK_ROOTS = frozenset({'socket', 'ssl', 'http', 'urllib', 'urllib3', 'requests'})

#: Imported when a bot asks for them: together they would double the time in which a runner starts.
LATE_ROOTS = NETWORK_ROOTS | {'email', 'certifi', 'charset_normalizer', 'idna'}

"""`time` and `datetime` that stand still at the hook's moment."""

import _strptime as parsing
import datetime as real
import time

from ..chance import MOMENT


class _Kind(type):
    """isinstance and issubclass answer as for the real class, which arithmetic gives back."""

    def __instancecheck__(cls, instance):
        return isinstance(instance, cls.__mro__[1])

    def __subclasscheck__(cls, subclass):
        return issubclass(subclass, cls.__mro__[1])


class date(real.date, metaclass=_Kind):
    """datetime.date whose today is the hook's."""

    @classmethod
    def today(cls):
        return cls.fromtimestamp(MOMENT.now())


class datetime(real.datetime, metaclass=_Kind):
    """datetime.datetime whose now is the hook's."""

    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(MOMENT.now(), tz)

    @classmethod
    def today(cls):
        return cls.fromtimestamp(MOMENT.now())

    @classmethod
    def utcnow(cls):
        return cls.fromtimestamp(MOMENT.now(), real.UTC).replace(tzinfo=None)

    @classmethod
    def strptime(cls, text, form):
        # The real one imports its parser where it is called: by a bot's import, which does not know it.
        return parsing._strptime_datetime(cls, text, form)

    def date(self):
        return date(self.year, self.month, self.day)


def _seconds(given):
    return MOMENT.now() if given is None else given


def time_ns():
    """As time.time_ns, at the hook's moment."""
    return MOMENT.now_ms * 1_000_000


def gmtime(seconds=None):
    """As time.gmtime."""
    return time.gmtime(_seconds(seconds))


def localtime(seconds=None):
    """As time.localtime."""
    return time.localtime(_seconds(seconds))


def ctime(seconds=None):
    """As time.ctime."""
    return time.ctime(_seconds(seconds))


def asctime(moment=None):
    """As time.asctime."""
    return time.asctime(localtime() if moment is None else moment)


def strptime(text, form='%a %b %d %H:%M:%S %Y'):
    """As time.strptime."""
    return parsing._strptime_time(text, form)


def strftime(form, moment=None):
    """As time.strftime."""
    return time.strftime(form, localtime() if moment is None else moment)


TIME = {
    'time': MOMENT.now,
    'time_ns': time_ns,
    'gmtime': gmtime,
    'localtime': localtime,
    'ctime': ctime,
    'asctime': asctime,
    'strptime': strptime,
    'strftime': strftime,
}
DATETIME = {'date': date, 'datetime': datetime}

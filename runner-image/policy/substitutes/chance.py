"""`random` and `secrets` over the hook's seed."""

import base64

from ..chance import MOMENT, SHARED, SecretRandom, SeededRandom

_secret = SecretRandom()
_FUNCTIONS = (
    'betavariate binomialvariate choice choices expovariate gammavariate gauss getrandbits getstate lognormvariate '
    'normalvariate paretovariate randbytes randint random randrange sample seed setstate shuffle triangular uniform '
    'vonmisesvariate weibullvariate'
).split()


def token_bytes(nbytes=None):
    """As secrets.token_bytes: 32 bytes unless told otherwise."""
    return MOMENT.draw(32 if nbytes is None else nbytes)


def token_hex(nbytes=None):
    """As secrets.token_hex."""
    return token_bytes(nbytes).hex()


def token_urlsafe(nbytes=None):
    """As secrets.token_urlsafe."""
    return base64.urlsafe_b64encode(token_bytes(nbytes)).rstrip(b'=').decode('ascii')


def randbelow(exclusive_upper_bound):
    """As secrets.randbelow."""
    if exclusive_upper_bound <= 0:
        raise ValueError('Upper bound must be positive.')
    return _secret.randrange(exclusive_upper_bound)


RANDOM = {
    **{name: getattr(SHARED, name) for name in _FUNCTIONS},
    'Random': SeededRandom,
    'SystemRandom': SecretRandom,
}
SECRETS = {
    'SystemRandom': SecretRandom,
    'choice': _secret.choice,
    'randbelow': randbelow,
    'randbits': _secret.getrandbits,
    'token_bytes': token_bytes,
    'token_hex': token_hex,
    'token_urlsafe': token_urlsafe,
}

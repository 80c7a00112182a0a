"""What a hook does to its channel: gathered, checked and bounded as it happens."""

import json

from .values import encode, plain

MAX_POSTS = 100
#: Bytes of JSON.
MAX_BODY = 64 * 1024
MAX_POSTED = 1024 * 1024
MAX_STATE = 1024 * 1024
#: Levels around a body in the answer (answer, list of posts, post), and around the state.
BODY_DEPTH = 3
STATE_DEPTH = 1
#: Characters of a kind or a slot id.
MAX_KIND = 64


class Effects:
    """Posts in their order, and the state if it was set. Kept as JSON text: later changes do not count."""

    def __init__(self):
        self._posts: list[str] = []
        self._posted = 0
        self._state: str | None = None

    def post(self, kind, body, to_slot=None) -> None:
        """One entry. Text stands for {"text": …}. Raises ValueError or TypeError for what cannot be posted."""
        entry = {'kind': _short(kind, 'kind'), 'body': _body(body)}
        if to_slot is not None:
            entry['to_slot'] = _short(to_slot, 'a slot id')
        text = encode(entry)
        if len(self._posts) >= MAX_POSTS:
            raise ValueError(f'a hook posts at most {MAX_POSTS} entries')
        self._posted += len(text.encode())
        if self._posted > MAX_POSTED:
            raise ValueError(f'a hook posts at most {MAX_POSTED} bytes')
        self._posts.append(text)

    def set_state(self, state) -> None:
        """The state that the next hook finds."""
        text = encode(plain(state, STATE_DEPTH))
        if len(text.encode()) > MAX_STATE:
            raise ValueError(f'the state is at most {MAX_STATE} bytes of JSON')
        self._state = text

    def state(self):
        """A copy of the state that was set, or None."""
        return None if self._state is None else (json.loads(self._state),)

    def to_json(self, output: str) -> str:
        """The hook's answer: {"posts", "state"?, "output"}."""
        state = '' if self._state is None else f'"state":{self._state},'
        return f'{{"posts":[{",".join(self._posts)}],{state}"output":{encode(output)}}}'


def _short(value, what) -> str:
    text = plain(value)
    if not isinstance(text, str) or not 0 < len(text) <= MAX_KIND:
        raise TypeError(f'{what} is a string of 1 to {MAX_KIND} characters')
    return text


def _body(body):
    value = {'text': body} if isinstance(body, str) else body
    if not isinstance(value, dict):
        raise TypeError(f'body is text or a dict, not {type(body).__name__}')
    value = plain(value, BODY_DEPTH)
    if len(encode(value).encode()) > MAX_BODY:
        raise ValueError(f'a body is at most {MAX_BODY} bytes of JSON')
    return value

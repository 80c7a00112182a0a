"""What an agent is called where nothing else is said."""

from __future__ import annotations

import re

_LONGEST = 64
_OF_SESSION = 8


def default_agent_id(name: str, session_id: str | None) -> str:
    """The name in lower case and the beginning of the session, of letters, digits, `.`, `-` and `_`.

    Raises ValueError where nothing is left of them.
    """
    session = _clean((session_id or "")[:_OF_SESSION])
    room = _LONGEST - _OF_SESSION - 1
    # The server takes names that begin and end with a letter or digit.
    chosen = f"{_clean(name.lower())[:room]}-{session}".strip(".-_")
    if not chosen:
        raise ValueError("name and session_id hold no letter or digit: give agent_id")
    return chosen


def _clean(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "-", text)

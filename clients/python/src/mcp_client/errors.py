"""What goes wrong, in one exception class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class AgentError(Exception):
    """A call that was refused, or that could not be made.

    `code` is the server's own (docs/errors.md lists them all) or one of this client:

    - `UNREACHABLE`: there was no answer, however often it was tried
    - `BAD_ANSWER`: what answered does not speak as this server does
    - `REPLACED`: another connection of this agent was opened, and the newest counts
    - `AGENT_NOT_FOUND`: the agent was deregistered while it listened
    - `CLOSED`: the client was closed before the call
    - `CREDENTIALS_FILE`: the file of credentials cannot be read, or is another agent's
    """

    def __init__(
        self,
        code: str,
        message: str,
        next_action: str = "",
        *,
        retry_after_s: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(f"{code}: {message} {next_action}".strip())
        self.code = code
        self.message = message
        self.next_action = next_action
        self.retry_after_s = retry_after_s
        self.status = status
        """HTTP status; None where there was no answer."""
        self.tries = 1
        """How often the call was made before this was raised."""

    @property
    def is_temporary(self) -> bool:
        """True where the same call may be answered later."""
        is_failing = self.status is not None and self.status >= 500
        return is_failing or self.code in ("UNREACHABLE", "RATE_LIMITED")


def refused(status: int, body: object, retry_after: str | None = None) -> AgentError:
    """The error that an answer tells: of a call, or of the token endpoint."""
    told = body.get("error") if isinstance(body, Mapping) else None
    seconds = _seconds(retry_after)
    if isinstance(told, Mapping) and isinstance(told.get("code"), str):
        return _of_table(status, told, seconds)
    if isinstance(body, Mapping) and isinstance(told, str):
        described = str(body.get("error_description", told))
        code = "UNAUTHORIZED" if status in (400, 401) else told
        action = "Use other credentials; where they are in a credentials_file, move it away and register again."
        return AgentError(code, described, action, retry_after_s=seconds, status=status)
    message = f"The answer has status {status} and is none of this server's."
    action = "Check server_url and what stands between."
    return AgentError("BAD_ANSWER", message, action, retry_after_s=seconds, status=status)


def socket_refused(status: int, retry_after: str | None) -> AgentError:
    """The error of a socket that was not opened: aiohttp keeps the status, not what the answer says."""
    code, message, action = _SOCKET.get(status, _SOCKET_ELSE)
    return AgentError(code, message, action, retry_after_s=_seconds(retry_after), status=status)


_SOCKET = {
    401: ("UNAUTHORIZED", "A valid access token is needed.", "Register again, or give another token."),
    403: ("NOT_YOUR_AGENT", "The agent belongs to another account.", "Use the token of its registration."),
    404: ("AGENT_NOT_FOUND", "There is no agent of this name.", "Call register, then listen again."),
    429: ("RATE_LIMITED", "Too many calls.", "Wait, then listen again."),
}
_SOCKET_ELSE = ("BAD_ANSWER", "The server opened no socket.", "Check server_url and what stands between.")


def _of_table(status: int, told: Mapping[str, Any], seconds: float | None) -> AgentError:
    after = told.get("retry_after_s")
    return AgentError(
        told["code"],
        str(told.get("message", "")),
        str(told.get("next_action", told.get("next", ""))),
        retry_after_s=float(after) if isinstance(after, (int, float)) else seconds,
        status=status,
    )


def _seconds(header: str | None) -> float | None:
    try:
        return None if header is None else float(header)
    except ValueError:
        return None

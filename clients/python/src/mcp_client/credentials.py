"""What an agent proves itself with, and the file that keeps it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import AgentError


_log = logging.getLogger("mcp_client")


@dataclass(frozen=True)
class Credentials:
    """A token, and what takes another one when it has ended."""

    token: str | None = None
    client_id: str | None = None
    client_secret: str | None = None

    @property
    def renewable(self) -> bool:
        """True where another token can be taken."""
        return self.client_id is not None and self.client_secret is not None

    @property
    def empty(self) -> bool:
        """True where there is neither a token nor what takes one."""
        return self.token is None and not self.renewable


class CredentialsFile:
    """Credentials of one agent at one server, in a file that only its owner may read."""

    def __init__(self, path: str | os.PathLike[str], server_url: str, agent_id: str) -> None:
        self._path = Path(path)
        self._owner = {"server_url": server_url.rstrip("/"), "agent_id": agent_id}

    def load(self) -> Credentials | None:
        """What was kept; None where there is no file yet. Raises CREDENTIALS_FILE."""
        try:
            kept = json.loads(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise self._problem("cannot be read") from error
        # A secret goes to no other server than the one that it is for.
        if not isinstance(kept, dict):
            raise self._problem("holds no credentials")
        if _owner_of(kept) != self._owner:
            here = f"{self._owner['agent_id']} at {self._owner['server_url']}"
            raise self._problem(f"holds credentials of another agent or server than {here}")
        return Credentials(_text(kept, "token"), _text(kept, "client_id"), _text(kept, "client_secret"))

    def save(self, credentials: Credentials) -> None:
        """Replaces the file as a whole: a crash leaves the old one or the new. Raises CREDENTIALS_FILE."""
        text = json.dumps({**self._owner, **vars(credentials)}, indent=2) + "\n"
        draft: str | None = None
        try:
            # Made with mode 0600.
            handle, draft = tempfile.mkstemp(prefix=f".{self._path.name}.", dir=self._path.parent)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, self._path)
        except OSError as error:
            if draft is not None:
                Path(draft).unlink(missing_ok=True)
            raise self._problem("cannot be written") from error

    def _problem(self, what: str) -> AgentError:
        action = "Give each agent a credentials_file of its own, in a folder that it may write to."
        return AgentError("CREDENTIALS_FILE", f"{self._path} {what}.", action)


class OwnCredentials(CredentialsFile):
    """The file that is kept unless another is named, in the user's folder for such things.

    It is a convenience: where it cannot be read or written, the agent goes on without it.
    """

    def __init__(self, server_url: str, agent_id: str) -> None:
        state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
        key = hashlib.sha256(f"{server_url.rstrip('/')} {agent_id}".encode()).hexdigest()[:32]
        super().__init__(Path(state) / "mcp-multiplayer" / f"{key}.json", server_url, agent_id)

    def load(self) -> Credentials | None:
        """What was kept, if it can be read."""
        try:
            return super().load()
        except AgentError as error:
            _log.warning("%s", error.message)
            return None

    def save(self, credentials: Credentials) -> None:
        """Keeps it, if that can be done."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            super().save(credentials)
        except (AgentError, OSError) as error:
            _log.warning("The agent will not know itself after a restart: %s", error)

    def remove(self) -> None:
        """Forgets what the server does not know any more."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)


def _owner_of(kept: dict[str, Any]) -> dict[str, str | None]:
    """Whom they are for; earlier versions kept the address with its slash."""
    return {"server_url": (_text(kept, "server_url") or "").rstrip("/"), "agent_id": _text(kept, "agent_id")}


def _text(kept: dict[str, Any], key: str) -> str | None:
    value = kept.get(key)
    return value if isinstance(value, str) else None

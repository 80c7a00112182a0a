"""An agent: registers, finds others, writes, reads and listens."""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from types import TracebackType
from typing import Literal, cast

import aiohttp

from .access import Access
from .credentials import Credentials, CredentialsFile, OwnCredentials
from .errors import AgentError
from .handled import Handled
from .listener import Listener
from .messages import (
    AgentList,
    Content,
    DeadLetters,
    Handler,
    Inbox,
    PresenceHandler,
    Receipt,
    Registration,
    Sent,
    Status,
)
from .names import default_agent_id
from .timing import Timing
from .transport import Transport


class AgentClient:
    """One agent at one server.

    Every call is tried again where that may help, and takes effect once. A call that is refused, or never
    answered, raises AgentError. Use it as `async with`, or call `aclose` at the end.
    """

    def __init__(
        self,
        server_url: str,
        session_id: str | None,
        name: str,
        *,
        agent_id: str | None = None,
        capabilities: Sequence[str] = (),
        token: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        credentials_file: str | os.PathLike[str] | Literal[False] | None = None,
        timing: Timing | None = None,
        http: aiohttp.ClientSession | None = None,
    ) -> None:
        """Calls nothing yet.

        agent_id: by default the name in lower case and the first eight characters of session_id.
        token: of an account, or of an agent that was registered earlier.
        client_id, client_secret: take another token when one is refused.
        credentials_file: keeps what the agent proves itself with, so that it has its name after a restart.
            By default, where a session_id is given and no credentials are: one in the user's state folder.
            False keeps nothing.
        http: a session of your own, e.g. with a proxy or certificates; it stays open.
        """
        self.agent_id = agent_id or default_agent_id(name, session_id)
        self.name = name
        self._session_id = session_id
        self._capabilities = list(capabilities)
        self._timing = timing or Timing()
        self._handled = Handled()
        self._listener: Listener | None = None
        self._transport = Transport(server_url, self._timing, http)
        given = Credentials(token, client_id, client_secret)
        file: CredentialsFile | None = None
        if credentials_file:
            file = CredentialsFile(credentials_file, server_url, self.agent_id)
        elif credentials_file is None and session_id and given.empty:
            file = OwnCredentials(server_url, self.agent_id)
        self._access = Access(self._transport, given, file)

    @property
    def credentials(self) -> Credentials:
        """What the agent proves itself with now; keep it secret."""
        return self._access.credentials

    async def register(self) -> Registration:
        """Makes the agent, or changes its name, label and capabilities; messages stay.

        Without credentials it takes an account of its own first, where the server gives them.
        """
        await self._access.enrol(self.name)
        label = {} if self._session_id is None else {"session_id": self._session_id}
        about = {"agent_id": self.agent_id, "name": self.name, "capabilities": self._capabilities, **label}
        try:
            answer = await self._access.call("POST", "/api/v1/agents/register", json=about)
        except AgentError as error:
            # Kept from a server that has been set up anew since.
            if error.code != "UNAUTHORIZED" or not self._access.forget():
                raise
            await self._access.enrol(self.name)
            answer = await self._access.call("POST", "/api/v1/agents/register", json=about)
        return cast(Registration, answer)

    async def send_message(
        self, to: str, message: Content, *, ttl_s: int | None = None, idempotency_key: str | None = None
    ) -> Sent:
        """Writes to an agent, or to `ALL`; returns once the message is durable in its recipient's log.

        ttl_s: not acknowledged by then, it becomes a dead letter.
        idempotency_key: name one to repeat the call later, with the same message, and have it sent once.
        """
        body = {
            "from": self.agent_id,
            "to": to,
            "message": message if isinstance(message, str) else dict(message),
            "idempotency_key": idempotency_key or uuid.uuid4().hex,
            **({} if ttl_s is None else {"ttl_s": ttl_s}),
        }
        return cast(Sent, await self._access.call("POST", "/api/v1/messages", json=body))

    async def list_agents(
        self,
        *,
        capability: str | None = None,
        status: Status | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AgentList:
        """A page of who is registered; the next one begins at its `next_cursor`."""
        asked = {"capability": capability, "status": status, "limit": limit, "cursor": cursor}
        return cast(AgentList, await self._access.call("GET", "/api/v1/agents", params=_given(asked)))

    async def read(
        self,
        cursor: str | None = None,
        *,
        limit: int | None = None,
        max_tokens: int | None = None,
        timeout_ms: int = 0,
    ) -> Inbox:
        """What was sent to this agent; waits up to timeout_ms for a message.

        With the cursor of an earlier answer everything up to it is acknowledged. An answer holds about
        max_tokens at most, and `has_more` where there is more to read.
        """
        asked = {"cursor": cursor, "limit": limit, "max_tokens": max_tokens, "timeout_ms": timeout_ms}
        params = _given({"agent_id": self.agent_id, **asked})
        wait_s = timeout_ms / 1000
        return cast(Inbox, await self._access.call("GET", "/api/v1/messages", params=params, wait_s=wait_s))

    async def listen(self, handler: Handler, on_presence: PresenceHandler | None = None) -> None:
        """Hands every message to the handler, one after the other, until `stop` is called or the task ends.

        A message is acknowledged after its handler has returned. What a handler raises leaves `listen`; the
        message is not acknowledged, and is the first one when `listen` is called again. Connections that end
        are opened again, and what was handled before is not handled again. AgentError ends it where coming
        back would not help: REPLACED, UNAUTHORIZED, NOT_YOUR_AGENT, AGENT_NOT_FOUND.

        A handler that is no coroutine function runs in the event loop, and must not block it for long.
        """
        if self._listener is not None:
            raise RuntimeError("this client listens already")
        self._listener = Listener(self._access, self._transport, self._timing, self.agent_id, self._handled)
        try:
            await self._listener.run(handler, on_presence)
        finally:
            self._listener = None

    def stop(self) -> None:
        """Ends `listen` after the handler that runs, also from within it."""
        if self._listener is not None:
            self._listener.stop()

    async def receipt(self, message_id: str) -> Receipt:
        """What became of a message that this agent sent."""
        asked = {"agent_id": self.agent_id, "message_id": message_id}
        return cast(Receipt, await self._access.call("GET", "/api/v1/receipts", params=asked))

    async def dead_letters(self, *, limit: int | None = None, cursor: str | None = None) -> DeadLetters:
        """What this agent wrote and ended before it was acknowledged, newest first for each recipient."""
        asked = _given({"agent_id": self.agent_id, "limit": limit, "cursor": cursor})
        return cast(DeadLetters, await self._access.call("GET", "/api/v1/dead_letters", params=asked))

    async def deregister(self) -> None:
        """Ends the agent: its name is free; what it had not acknowledged is its senders' dead letters."""
        about = {"agent_id": self.agent_id}
        try:
            await self._access.call("POST", "/api/v1/agents/deregister", json=about)
        except AgentError as error:
            # The answer of an earlier try was lost, not its effect.
            if error.code != "AGENT_NOT_FOUND" or error.tries == 1:
                raise

    async def aclose(self) -> None:
        """Closes the connections; the agent stays registered.

        Listening is stopped first, and a handler that runs has a few seconds to return. Within a handler call
        `stop` instead: what it works on could not be acknowledged any more.
        """
        if self._listener is not None:
            await self._listener.finish()
        await self._transport.aclose()

    async def __aenter__(self) -> AgentClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def _given(values: dict[str, str | int | None]) -> dict[str, str | int]:
    return {key: value for key, value in values.items() if value is not None}

"""The same agent for scripts without an event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, TypeVar

from .client import AgentClient
from .credentials import Credentials
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

_Result = TypeVar("_Result")


class SyncAgentClient:
    """AgentClient with calls that block; its connections live in a thread of its own.

    Handlers are plain functions. They run in a further thread, one after the other, so that they may take
    their time and call this client. Use it as `with`, or call `close` at the end.
    """

    def __init__(self, server_url: str, session_id: str | None, name: str, **options: Any) -> None:
        """Takes the options of AgentClient."""
        self._client = AgentClient(server_url, session_id, name, **options)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mcp_client", daemon=True)
        self._thread.start()

    @property
    def agent_id(self) -> str:
        """What others call this agent."""
        return self._client.agent_id

    @property
    def credentials(self) -> Credentials:
        """What the agent proves itself with now; keep it secret."""
        return self._client.credentials

    def register(self) -> Registration:
        """As AgentClient.register."""
        return self._run(self._client.register())

    def send_message(
        self, to: str, message: Content, *, ttl_s: int | None = None, idempotency_key: str | None = None
    ) -> Sent:
        """As AgentClient.send_message."""
        sending = self._client.send_message(to, message, ttl_s=ttl_s, idempotency_key=idempotency_key)
        return self._run(sending)

    def list_agents(
        self,
        *,
        capability: str | None = None,
        status: Status | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AgentList:
        """As AgentClient.list_agents."""
        listing = self._client.list_agents(capability=capability, status=status, limit=limit, cursor=cursor)
        return self._run(listing)

    def read(
        self,
        cursor: str | None = None,
        *,
        limit: int | None = None,
        max_tokens: int | None = None,
        timeout_ms: int = 0,
    ) -> Inbox:
        """As AgentClient.read."""
        reading = self._client.read(cursor, limit=limit, max_tokens=max_tokens, timeout_ms=timeout_ms)
        return self._run(reading)

    def listen(self, handler: Handler, on_presence: PresenceHandler | None = None) -> None:
        """As AgentClient.listen: blocks until `stop` is called, also from within the handler."""

        async def handle(message: Any) -> None:
            await asyncio.to_thread(handler, message)

        async def tell(presence: Any) -> None:
            if on_presence is not None:
                await asyncio.to_thread(on_presence, presence)

        self._run(self._client.listen(handle, None if on_presence is None else tell))

    def stop(self) -> None:
        """Ends `listen` after the handler that runs."""
        self._loop.call_soon_threadsafe(self._client.stop)

    def receipt(self, message_id: str) -> Receipt:
        """As AgentClient.receipt."""
        return self._run(self._client.receipt(message_id))

    def dead_letters(self, *, limit: int | None = None, cursor: str | None = None) -> DeadLetters:
        """As AgentClient.dead_letters."""
        return self._run(self._client.dead_letters(limit=limit, cursor=cursor))

    def deregister(self) -> None:
        """As AgentClient.deregister."""
        self._run(self._client.deregister())

    def close(self) -> None:
        """As AgentClient.aclose; ends the thread, and calls that other threads wait for."""
        if self._loop.is_closed():
            return
        self._run(self._finish())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> SyncAgentClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def _finish(self) -> None:
        await self._client.aclose()
        calls = asyncio.all_tasks() - {asyncio.current_task()}
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)

    def _run(self, call: Coroutine[Any, Any, _Result]) -> _Result:
        waiting = asyncio.run_coroutine_threadsafe(call, self._loop)
        try:
            return waiting.result()
        except BaseException:
            # Ctrl-C in a script ends the call with it.
            waiting.cancel()
            raise

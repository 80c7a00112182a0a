"""Listening over WebSocket: reconnects, resumes, and handles each message once."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar, cast
from urllib.parse import quote

import aiohttp

from .access import Access
from .errors import AgentError
from .handled import Handled
from .messages import Handler, Message, Presence, PresenceHandler
from .stream import DEREGISTERED, REPLACED, UNAUTHORIZED, Frame, Stream, served
from .timing import Timing
from .transport import Transport

_log = logging.getLogger("mcp_client")
_Result = TypeVar("_Result")


class Listener:
    """Listens for one agent until it is told to stop, or must not come back."""

    def __init__(
        self, access: Access, transport: Transport, timing: Timing, agent_id: str, handled: Handled
    ) -> None:
        self._access = access
        self._transport = transport
        self._timing = timing
        self._agent_id = agent_id
        self._path = f"/ws/{quote(agent_id)}"
        self._handled = handled
        self._backoff = timing.backoff()
        self._stop = asyncio.Event()
        self._has_ended = asyncio.Event()
        self._task: asyncio.Task[Any] | None = None
        self._asked_s = 0.0
        self._owed: str | None = None

    def stop(self) -> None:
        """Ends `run` once the handler that runs has returned and its message is acknowledged."""
        self._stop.set()

    async def finish(self) -> None:
        """Stops, and gives the handler that runs some seconds to return, unless it is the one that asks."""
        self.stop()
        if asyncio.current_task() is not self._task:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._has_ended.wait(), self._timing.farewell_s)

    async def run(self, handler: Handler, on_presence: PresenceHandler | None) -> None:
        """Returns when stopped. Raises what a handler raises, and AgentError where coming back is no use."""
        self._task = asyncio.current_task()
        try:
            await self._listen(handler, on_presence)
        finally:
            self._has_ended.set()

    async def _listen(self, handler: Handler, on_presence: PresenceHandler | None) -> None:
        while not self._stop.is_set():
            opened = await self._unless_stopped(self._attempt(self._connect()))
            if opened is not None:
                socket, token = opened
                async with served(socket, self._timing) as stream:
                    await self._serve(stream, handler, on_presence)
                    code = stream.close_code
                await self._unless_stopped(self._attempt(self._closed(code, token)))
            await self._unless_stopped(asyncio.sleep(self._asked_s + self._backoff.next()))
        if self._owed is not None:
            await self._settle(self._owed)

    async def _connect(self) -> tuple[aiohttp.ClientWebSocketResponse, str]:
        token = await self._access.token()
        try:
            return await self._transport.connect(self._path, token), token
        except AgentError as error:
            if error.status != 401:
                raise
            token = await self._access.renew(token, error)
            return await self._transport.connect(self._path, token), token

    async def _serve(self, stream: Stream, handler: Handler, on_presence: PresenceHandler | None) -> None:
        while not self._stop.is_set():
            frame = await self._unless_stopped(stream.next())
            if frame is None:
                return
            self._backoff.reset()
            # Only what an agent wrote has a cursor, whatever its type is.
            if "cursor" in frame and "message_id" in frame:
                await self._take(stream, frame, handler)
            elif frame.get("type") == "presence" and on_presence is not None:
                await _call(on_presence, cast(Presence, frame))
            elif frame.get("type") == "error":
                _log.warning("the server refused a frame: %s", frame.get("error"))

    async def _take(self, stream: Stream, frame: Frame, handler: Handler) -> None:
        message_id = str(frame["message_id"])
        if message_id not in self._handled:
            await _call(handler, cast(Message, frame))
            self._handled.add(message_id)
        self._owed = str(frame["cursor"])
        stream.acknowledge(self._owed)

    async def _settle(self, cursor: str) -> None:
        """Acknowledges by a call, which is answered: what is read after listening begins after it."""
        asked: dict[str, str | int] = {"agent_id": self._agent_id, "cursor": cursor, "limit": 1}
        try:
            call = self._access.call("GET", "/api/v1/messages", params=asked)
            await asyncio.wait_for(call, self._timing.farewell_s)
        except (AgentError, asyncio.TimeoutError) as error:
            # It comes again, if the socket did not bring it either.
            _log.info("the last message could not be acknowledged: %s", error)

    async def _closed(self, code: int | None, token: str) -> None:
        """Prepares for the next connection. Raises where there must be none."""
        if self._stop.is_set():
            return
        if code == REPLACED:
            action = "Leave the agent to that connection, or give this one an agent_id of its own."
            raise AgentError("REPLACED", "Another connection of this agent was opened.", action)
        if code == DEREGISTERED:
            action = "Call register, then listen again."
            raise AgentError("AGENT_NOT_FOUND", "The agent was deregistered.", action)
        if code == UNAUTHORIZED:
            await self._access.renew(token)
        _log.info("the socket ended (%s): connecting again", code)

    async def _attempt(self, step: Coroutine[Any, Any, _Result]) -> _Result | None:
        """What the step gives; None where it failed and a later one may not."""
        self._asked_s = 0.0
        try:
            return await step
        except AgentError as error:
            if not error.is_temporary:
                raise
            self._asked_s = error.retry_after_s or 0.0
            _log.warning("%s Trying again.", error)
            return None

    async def _unless_stopped(self, waiting: Coroutine[Any, Any, _Result]) -> _Result | None:
        """What is waited for; None when told to stop before."""
        task = asyncio.ensure_future(waiting)
        stop = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            task.cancel()
            stop.cancel()


async def _call(handler: Callable[[Any], object], told: object) -> None:
    result = handler(told)
    if inspect.isawaitable(result):
        await result

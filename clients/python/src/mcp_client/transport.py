"""Calls to one server, tried again where that may help."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import aiohttp

from .errors import AgentError, refused, socket_refused
from .timing import Backoff, Timing


class Transport:
    """Makes calls and opens sockets; knows nothing of who makes them."""

    def __init__(self, server_url: str, timing: Timing, session: aiohttp.ClientSession | None) -> None:
        self._base = server_url.rstrip("/")
        self._timing = timing
        self._session = session
        self._is_own = session is None
        self._is_closed = False

    async def call(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str | int] | None = None,
        json: object = None,
        form: Mapping[str, str] | None = None,
        wait_s: float = 0.0,
    ) -> Any:
        """The answer's body. Only calls that take effect once, however often they are made.

        Raises AgentError for a refusal, and UNREACHABLE where no try was answered.
        """
        backoff = self._timing.backoff()
        tries = 0
        while True:
            tries += 1
            try:
                timeout = aiohttp.ClientTimeout(total=self._timing.call_s + wait_s)
                options: dict[str, Any] = {"headers": headers, "params": params, "timeout": timeout}
                body: dict[str, Any] = {"json": json} if form is None else {"data": form}
                return await self._once(method, path, {**options, **body})
            except AgentError as error:
                error.tries = tries
                pause = self._pause(error, backoff)
                if pause is None or tries >= self._timing.tries:
                    raise
            await asyncio.sleep(pause)

    async def connect(self, path: str, token: str) -> aiohttp.ClientWebSocketResponse:
        """Opens a socket, in one try. Raises AgentError."""
        try:
            return await asyncio.wait_for(self._connect(path, token), self._timing.call_s)
        except aiohttp.WSServerHandshakeError as error:
            retry_after = error.headers.get("Retry-After") if error.headers else None
            raise socket_refused(error.status, retry_after) from error
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            raise self._unreachable(error) from error

    async def aclose(self) -> None:
        """Closes what it opened; a session that was given stays open. Later calls raise CLOSED."""
        self._is_closed = True
        if self._is_own and self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._is_closed:
            raise AgentError("CLOSED", "This client is closed.", "Make another one.")
        # Made at the first call: a session belongs to the loop that runs then.
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session

    async def _connect(self, path: str, token: str) -> aiohttp.ClientWebSocketResponse:
        limits = aiohttp.ClientWSTimeout(ws_receive=self._timing.silence_s, ws_close=2.0)
        headers = {"Authorization": f"Bearer {token}"}
        socket = await self._open().ws_connect(self._base + path, headers=headers, timeout=limits)
        return cast(aiohttp.ClientWebSocketResponse, socket)

    async def _once(self, method: str, path: str, options: dict[str, Any]) -> Any:
        try:
            async with self._open().request(
                method, self._base + path, allow_redirects=False, **options
            ) as answer:
                body = await _json(answer)
                if answer.status < 300 and body is not None:
                    return body
                raise refused(answer.status, body, answer.headers.get("Retry-After"))
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            raise self._unreachable(error) from error

    def _pause(self, error: AgentError, backoff: Backoff) -> float | None:
        """Seconds until the next try; None where another one would not help."""
        if not error.is_temporary:
            return None
        asked = error.retry_after_s or 0.0
        return None if asked > self._timing.longest_pause_s else asked + backoff.next()

    def _unreachable(self, error: BaseException) -> AgentError:
        why = str(error) or type(error).__name__
        action = "Check that the server runs and that server_url is its address."
        return AgentError("UNREACHABLE", f"{self._base} does not answer ({why}).", action)


async def _json(answer: aiohttp.ClientResponse) -> Any:
    try:
        return await answer.json(content_type=None)
    except ValueError:
        return None

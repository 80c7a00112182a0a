"""A server that fails as its test says."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

Script = Callable[["Socket"], Coroutine[Any, Any, None]]

LOST: None = None
"""The call takes effect, and its answer never arrives."""


def refusal(status: int, code: str, *, headers: dict[str, str] | None = None, **more: Any) -> web.Response:
    """Refuses one call as the server's error table does; the call has no effect."""
    error = {"code": code, "message": "No.", "next_action": "Wait.", **more}
    return web.json_response({"error": error}, status=status, headers=headers)


class Socket:
    """One connection of an agent, as the server sees it."""

    def __init__(self, ws: web.WebSocketResponse, request: web.Request) -> None:
        self.ws = ws
        self.token = request.headers["Authorization"].removeprefix("Bearer ")
        self._request = request

    async def push(self, *numbers: int) -> None:
        """Sends messages, each with a cursor of its own number."""
        for number in numbers:
            envelope = {"message_id": f"msg_{number}", "from": "peer", "to": "tester-s", "type": "text"}
            await self.ws.send_json({**envelope, "message": str(number), "ts": "", "cursor": f"{number}.0"})

    async def taken(self, type_: str) -> dict[str, Any]:
        """The next frame of this type that the agent sends."""
        while True:
            frame: dict[str, Any] = await self.ws.receive_json()
            if frame["type"] == type_:
                return frame

    async def acknowledged(self, number: int) -> None:
        """Waits until everything up to this message is acknowledged."""
        while float((await self.taken("ack"))["cursor"]) < number:
            pass

    def cut(self) -> None:
        """The line breaks without a word."""
        _cut(self._request)


class LossyServer:
    """Answers calls and sockets by scripts; where there is none, as a server that is well."""

    def __init__(self) -> None:
        self.answers: list[web.Response | None] = []
        """What becomes of the next calls; those after them succeed."""
        self.handshakes: list[web.Response] = []
        """Refusals of the next sockets; those after them open."""
        self.sockets: list[Script] = []
        """What the next sockets that open do; those after them stay open and silent."""
        self.calls: list[tuple[str, Any]] = []
        """Every call: its path and body."""
        self.effects: dict[str, Any] = {}
        """Messages that took effect, by idempotency key."""
        self.opened: list[Socket] = []
        self.tokens_taken = 0
        self.good_tokens = {"t-0"}
        self.gives_accounts = True
        app = web.Application()
        app.router.add_post("/register", self._client)
        app.router.add_post("/oauth/token", self._token)
        app.router.add_get("/ws/{agent}", self._socket)
        app.router.add_route("*", "/api/v1/{call:.*}", self._call)
        # What a test did not end is ended with it.
        self._server = TestServer(app, shutdown_timeout=0.1)

    @property
    def url(self) -> str:
        """Its address."""
        return str(self._server.make_url("/")).rstrip("/")

    async def __aenter__(self) -> LossyServer:
        await self._server.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        for socket in self.opened:
            socket.cut()
        await self._server.close()

    def _new_token(self) -> str:
        self.tokens_taken += 1
        token = f"t-{self.tokens_taken}"
        self.good_tokens.add(token)
        return token

    async def _client(self, request: web.Request) -> web.Response:
        self.calls.append((request.path, await request.json()))
        about = {"client_id": "c", "client_secret": "s"}
        return web.json_response(
            {**about, "access_token": self._new_token()} if self.gives_accounts else about
        )

    async def _token(self, request: web.Request) -> web.Response:
        form = dict(await request.post())
        if form != {"grant_type": "client_credentials", "client_id": "c", "client_secret": "s"}:
            return web.json_response({"error": "invalid_client", "error_description": "Who?"}, status=401)
        return web.json_response({"access_token": self._new_token(), "token_type": "Bearer"})

    async def _call(self, request: web.Request) -> web.StreamResponse:
        body = await request.json() if request.can_read_body else dict(request.query)
        self.calls.append((request.path, body))
        if not self._knows(request):
            return refusal(401, "UNAUTHORIZED")
        answer = self.answers.pop(0) if self.answers else web.json_response({"success": True})
        if answer is not LOST and answer.status >= 400:
            return answer
        if "idempotency_key" in body:
            self.effects.setdefault(body["idempotency_key"], body["message"])
        if answer is not LOST:
            return answer
        _cut(request)
        return web.Response()

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if not self._knows(request):
            return refusal(401, "UNAUTHORIZED")
        if self.handshakes:
            return self.handshakes.pop(0)
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        socket = Socket(ws, request)
        self.opened.append(socket)
        await (self.sockets.pop(0) if self.sockets else _stay)(socket)
        return ws

    def _knows(self, request: web.Request) -> bool:
        return request.headers.get("Authorization", "").removeprefix("Bearer ") in self.good_tokens


async def _stay(socket: Socket) -> None:
    async for _ in socket.ws:
        pass


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()

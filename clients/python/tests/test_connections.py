"""Connections that are refused, closed, or go silent; and clients that are."""

import asyncio
import logging

import pytest

from mcp_client import AgentClient, AgentError, Message, Timing

from .support.heard import Heard
from .support.lossy_server import LossyServer, Socket, refusal


@pytest.mark.parametrize("code", [1001, 1003, 1007, 1008, 1009, 1011, 4008, 4009])
async def test_a_connection_that_is_closed_for_now_is_opened_again(
    lossy: LossyServer, tester: AgentClient, code: int
) -> None:
    async def first(socket: Socket) -> None:
        await socket.push(1)
        await socket.ws.close(code=code)

    async def second(socket: Socket) -> None:
        await socket.push(1, 2)
        await socket.acknowledged(2)

    lossy.sockets = [first, second]
    heard = Heard(tester, "2")
    await tester.listen(heard)
    assert heard.messages == ["1", "2"]


@pytest.mark.parametrize(("code", "error"), [(4001, "REPLACED"), (4404, "AGENT_NOT_FOUND")])
async def test_a_connection_that_is_closed_for_good_is_not_opened_again(
    lossy: LossyServer, tester: AgentClient, code: int, error: str
) -> None:
    async def script(socket: Socket) -> None:
        await socket.push(1)
        await socket.acknowledged(1)
        await socket.ws.close(code=code)

    lossy.sockets = [script]
    with pytest.raises(AgentError) as raised:
        await tester.listen(lambda _: None)
    assert (raised.value.code, len(lossy.opened)) == (error, 1)
    assert raised.value.next_action


async def test_a_token_that_ends_while_listening_is_replaced(lossy: LossyServer) -> None:
    async def ends(socket: Socket) -> None:
        lossy.good_tokens.clear()
        await socket.ws.close(code=4401)

    async def on(socket: Socket) -> None:
        await socket.push(1)
        await socket.acknowledged(1)

    lossy.sockets = [ends, on]
    credentials = {"token": "t-0", "client_id": "c", "client_secret": "s"}
    async with AgentClient(lossy.url, "s", "A", **credentials) as agent:  # type: ignore[arg-type]
        await agent.listen(Heard(agent, "1"))
    assert [socket.token for socket in lossy.opened] == ["t-0", "t-1"]


async def test_a_token_that_ended_while_nobody_listened_is_replaced(lossy: LossyServer) -> None:
    async def on(socket: Socket) -> None:
        await socket.push(1)
        await socket.acknowledged(1)

    lossy.sockets = [on]
    credentials = {"token": "ended", "client_id": "c", "client_secret": "s"}
    async with AgentClient(lossy.url, "s", "A", **credentials) as agent:  # type: ignore[arg-type]
        await agent.listen(Heard(agent, "1"))
    assert [socket.token for socket in lossy.opened] == ["t-1"]


async def test_a_token_that_cannot_be_replaced_ends_listening(
    lossy: LossyServer, tester: AgentClient
) -> None:
    async def script(socket: Socket) -> None:
        await socket.ws.close(code=4401)

    lossy.sockets = [script]
    with pytest.raises(AgentError, match="UNAUTHORIZED"):
        await tester.listen(lambda _: None)
    assert len(lossy.opened) == 1


@pytest.mark.parametrize(("status", "code"), [(403, "NOT_YOUR_AGENT"), (404, "AGENT_NOT_FOUND")])
async def test_a_socket_that_is_refused_for_good_ends_listening(
    lossy: LossyServer, tester: AgentClient, status: int, code: str
) -> None:
    lossy.handshakes = [refusal(status, code)]
    with pytest.raises(AgentError) as raised:
        await tester.listen(lambda _: None)
    assert (raised.value.code, raised.value.status) == (code, status)


async def test_a_socket_that_is_refused_for_now_is_asked_for_again(
    lossy: LossyServer, tester: AgentClient, caplog: pytest.LogCaptureFixture
) -> None:
    async def script(socket: Socket) -> None:
        await socket.push(1)
        await socket.acknowledged(1)

    lossy.handshakes = [
        refusal(503, "SERVER_STOPPING"),
        refusal(429, "RATE_LIMITED", headers={"Retry-After": "0"}),
        refusal(500, "INTERNAL"),
    ]
    lossy.sockets = [script]
    heard = Heard(tester, "1")
    with caplog.at_level(logging.WARNING, "mcp_client"):
        await tester.listen(heard)
    assert heard.messages == ["1"]
    assert len(caplog.records) == 3


async def test_a_server_that_says_nothing_any_more_is_left(lossy: LossyServer) -> None:
    async def silent(socket: Socket) -> None:
        async for _ in socket.ws:
            pass

    async def on(socket: Socket) -> None:
        await socket.push(1)
        await socket.acknowledged(1)

    lossy.sockets = [silent, on]
    timing = Timing(silence_s=0.1, first_pause_s=0.01)
    async with AgentClient(lossy.url, "s", "A", token="t-0", timing=timing) as agent:
        heard = Heard(agent, "1")
        await agent.listen(heard)
    assert heard.messages == ["1"]


async def test_stopping_ends_a_wait_for_a_server_that_is_away() -> None:
    async with AgentClient("http://127.0.0.1:1", "s", "A", token="t") as agent:
        listening = asyncio.create_task(agent.listen(lambda _: None))
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="listens already"):
            await agent.listen(lambda _: None)
        agent.stop()
        await asyncio.wait_for(listening, 1)


async def test_closing_lets_the_handler_that_runs_return_and_acknowledges_its_message(
    lossy: LossyServer,
) -> None:
    async def script(socket: Socket) -> None:
        await socket.push(1, 2)
        async for _ in socket.ws:
            pass

    async def handle(message: Message) -> None:
        begun.set()
        await release.wait()
        handled.append(message["message"])

    begun, release = asyncio.Event(), asyncio.Event()
    handled: list[str] = []
    lossy.sockets = [script]
    agent = AgentClient(lossy.url, "s", "Tester", token="t-0")
    listening = asyncio.create_task(agent.listen(handle))
    await begun.wait()
    closing = asyncio.create_task(agent.aclose())
    release.set()
    await asyncio.gather(closing, listening)
    assert handled == ["1"]
    assert [body.get("cursor") for _, body in lossy.calls] == ["1.0"]
    with pytest.raises(AgentError, match="CLOSED"):
        await agent.list_agents()


async def test_a_handler_that_closes_its_client_ends_listening_without_an_acknowledgement(
    lossy: LossyServer, tester: AgentClient
) -> None:
    async def script(socket: Socket) -> None:
        await socket.push(1, 2)
        async for _ in socket.ws:
            pass

    async def handle(message: Message) -> None:
        handled.append(message["message"])
        await tester.aclose()

    handled: list[str] = []
    lossy.sockets = [script]
    await tester.listen(handle)
    assert (handled, lossy.calls) == (["1"], [])

"""What a handler is told, and when that is acknowledged, over lines that break and repeat."""

import asyncio

import pytest

from mcp_client import AgentClient, AgentError, Message, Presence

from .support.heard import Heard
from .support.lossy_server import LossyServer, Socket


async def test_messages_are_handled_in_order_and_acknowledged(
    lossy: LossyServer, tester: AgentClient
) -> None:
    async def script(socket: Socket) -> None:
        await socket.push(1, 2, 3)
        await socket.acknowledged(3)
        await socket.push(4)
        await socket.acknowledged(4)

    lossy.sockets = [script]
    heard = Heard(tester, "4")
    await tester.listen(heard)
    assert heard.messages == ["1", "2", "3", "4"]
    # The last one also by a call, which is answered before listening returns.
    assert lossy.calls == [("/api/v1/messages", {"agent_id": "tester-s", "cursor": "4.0", "limit": "1"})]


async def test_many_messages_are_acknowledged_with_few_frames(
    lossy: LossyServer, tester: AgentClient
) -> None:
    frames: list[str] = []

    async def script(socket: Socket) -> None:
        await socket.push(*range(2_000))
        while not frames or frames[-1] != "1999.0":
            frames.append((await socket.taken("ack"))["cursor"])

    lossy.sockets = [script]
    await tester.listen(Heard(tester, "1999"))
    # A server may close a line that brings more than 1,000 in a second.
    assert 1 <= len(frames) < 100


async def test_a_message_is_acknowledged_after_its_handler_and_not_before(
    lossy: LossyServer, tester: AgentClient
) -> None:
    order: list[str] = []

    async def script(socket: Socket) -> None:
        await socket.push(1)
        # A sign of life comes while the handler works; an acknowledgement does not.
        first = await socket.ws.receive_json()
        order.append(first["type"])
        release.set()
        await socket.acknowledged(1)
        order.append("ack")
        ended.set()

    async def handle(_: Message) -> None:
        await release.wait()
        order.append("handled")
        tester.stop()

    release, ended = asyncio.Event(), asyncio.Event()
    lossy.sockets = [script]
    await tester.listen(handle)
    await ended.wait()
    assert order == ["heartbeat", "handled", "ack"]


async def test_a_line_that_breaks_again_and_again_loses_and_repeats_nothing(
    lossy: LossyServer, tester: AgentClient
) -> None:
    # After each break what was not acknowledged comes again, as the server does it.
    async def push_and_cut(socket: Socket) -> None:
        start = len(heard.messages)
        await socket.push(*range(max(0, start - 3), start + 5))
        await socket.acknowledged(start + 1)
        socket.cut()

    async def rest(socket: Socket) -> None:
        await socket.push(*range(100))
        await socket.acknowledged(99)

    heard = Heard(tester, "99")
    lossy.sockets = [*[push_and_cut] * 12, rest]
    await tester.listen(heard)
    assert heard.messages == [str(number) for number in range(100)]
    assert len(lossy.opened) == 13


async def test_a_message_that_comes_again_is_acknowledged_again_and_not_handled(
    lossy: LossyServer, tester: AgentClient
) -> None:
    async def first(socket: Socket) -> None:
        await socket.push(1, 1, 2)
        await socket.acknowledged(2)
        socket.cut()

    async def second(socket: Socket) -> None:
        await socket.push(1, 2)
        await socket.acknowledged(2)
        await socket.push(3)
        await socket.acknowledged(3)

    lossy.sockets = [first, second]
    heard = Heard(tester, "3")
    await tester.listen(heard)
    assert heard.messages == ["1", "2", "3"]


async def test_a_handler_that_works_while_the_line_breaks_is_neither_ended_nor_run_again(
    lossy: LossyServer, tester: AgentClient
) -> None:
    async def first(socket: Socket) -> None:
        await socket.push(1)
        await begun.wait()
        socket.cut()
        broken.set()

    async def second(socket: Socket) -> None:
        await socket.push(1)
        await socket.acknowledged(1)
        tester.stop()

    async def handle(message: Message) -> None:
        begun.set()
        await broken.wait()
        handled.append(message["message"])

    begun, broken = asyncio.Event(), asyncio.Event()
    handled: list[str] = []
    lossy.sockets = [first, second]
    await tester.listen(handle)
    assert handled == ["1"]


async def test_what_a_handler_raises_ends_listening_and_loses_no_message(
    lossy: LossyServer, tester: AgentClient
) -> None:
    acknowledged = False

    async def first(socket: Socket) -> None:
        nonlocal acknowledged
        await socket.push(1, 2)
        async for frame in socket.ws:
            acknowledged = acknowledged or frame.json()["type"] == "ack"

    async def second(socket: Socket) -> None:
        await socket.push(1, 2)
        await socket.acknowledged(2)

    def fail(message: Message) -> None:
        raise AgentError("UNREACHABLE", message["message"])

    lossy.sockets = [first, second]
    # Also an error that would have this client connect again, were it its own.
    with pytest.raises(AgentError, match="UNREACHABLE: 1"):
        await tester.listen(fail)
    assert not acknowledged
    heard = Heard(tester, "2")
    await tester.listen(heard)
    assert heard.messages == ["1", "2"]


async def test_a_message_whose_own_type_is_a_frames_is_a_message(
    lossy: LossyServer, tester: AgentClient
) -> None:
    async def script(socket: Socket) -> None:
        await socket.ws.send_json({"type": "heartbeat", "ts": ""})
        await socket.ws.send_json({"type": "receipt", "message_id": "msg_x"})
        await socket.ws.send_json({"type": "to come"})
        for type_ in ("heartbeat", "presence", "error"):
            await socket.ws.send_json({"message_id": f"msg_{type_}", "type": type_, "cursor": "1.0"})
        await socket.acknowledged(1)

    def handle(message: Message) -> None:
        types.append(message["type"])
        if len(types) == 3:
            tester.stop()

    types: list[str] = []
    lossy.sockets = [script]
    await tester.listen(handle)
    assert types == ["heartbeat", "presence", "error"]


async def test_changes_of_peers_are_told_to_whoever_asks(lossy: LossyServer, tester: AgentClient) -> None:
    async def script(socket: Socket) -> None:
        changes = [{"agent_id": "peer", "status": "idle"}]
        await socket.ws.send_json({"type": "presence", "changes": changes, "more": False})
        async for _ in socket.ws:
            pass

    async def notice(presence: Presence) -> None:
        told.append(presence)
        tester.stop()

    told: list[Presence] = []
    lossy.sockets = [script]
    await tester.listen(lambda _: None, notice)
    assert told[0]["changes"] == [{"agent_id": "peer", "status": "idle"}]

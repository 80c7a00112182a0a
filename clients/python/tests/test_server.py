"""Agents at a real server."""

import asyncio
from pathlib import Path

import pytest

from mcp_client import AgentError, Message, Presence

from .conftest import Agents
from .support.cutting_proxy import CuttingProxy


async def test_agents_register_find_each_other_and_write(agent: Agents) -> None:
    alpha, beta = agent("Alpha", capabilities=["detection"]), agent("Beta")
    await alpha.register()
    registered = await beta.register()
    assert registered["websocket_url"] == f"/ws/{beta.agent_id}"
    assert alpha.agent_id in [peer["agent_id"] for peer in registered["peers"]]
    found = await beta.list_agents(capability="detection", status="active", limit=500)
    mine = [one for one in found["agents"] if one["agent_id"] == alpha.agent_id]
    assert [(one["name"], one["capabilities"]) for one in mine] == [("Alpha", ["detection"])]

    sent = await beta.send_message(alpha.agent_id, "Hello Alpha!")
    inbox = await alpha.read()
    [message] = inbox["messages"]
    assert (message["message_id"], message["from"]) == (sent["message_id"], beta.agent_id)
    assert (message["type"], message["message"]) == ("text", "Hello Alpha!")
    # Read again without its cursor it comes again; with it, it is done with.
    assert (await alpha.read())["messages"] == inbox["messages"]
    assert (await alpha.read(inbox["cursor"]))["messages"] == []
    assert (await alpha.read())["messages"] == []


async def test_reading_waits_for_a_message(agent: Agents) -> None:
    alpha, beta = agent("Alpha"), agent("Beta")
    await asyncio.gather(alpha.register(), beta.register())
    waiting = asyncio.create_task(alpha.read(timeout_ms=20_000))
    await beta.send_message(alpha.agent_id, {"type": "ping", "correlation_id": "c"})
    [message] = (await waiting)["messages"]
    assert (message["type"], message["message"]["correlation_id"]) == ("ping", "c")


async def test_reading_goes_on_where_an_answer_ended(agent: Agents) -> None:
    alpha, beta = agent("Alpha"), agent("Beta")
    await asyncio.gather(alpha.register(), beta.register())
    for number in range(3):
        await beta.send_message(alpha.agent_id, f"{number} " + "word " * 300)
    first = await alpha.read(max_tokens=400)
    rest = await alpha.read(first["cursor"], limit=5)
    assert [len(first["messages"]), first["has_more"], rest["has_more"]] == [1, True, False]
    told = [message["message"][0] for message in first["messages"] + rest["messages"]]
    assert told == ["0", "1", "2"]


async def test_a_key_that_is_used_again_sends_once_and_no_other_message(agent: Agents) -> None:
    alpha, beta = agent("Alpha"), agent("Beta")
    await asyncio.gather(alpha.register(), beta.register())
    first = await beta.send_message(alpha.agent_id, "one", idempotency_key="k")
    assert await beta.send_message(alpha.agent_id, "one", idempotency_key="k") == first
    with pytest.raises(AgentError) as raised:
        await beta.send_message(alpha.agent_id, "two", idempotency_key="k")
    assert (raised.value.code, raised.value.status) == ("IDEMPOTENCY_CONFLICT", 409)
    assert [message["message"] for message in (await alpha.read())["messages"]] == ["one"]


async def test_refusals_tell_the_servers_code_and_what_to_do(agent: Agents) -> None:
    alpha = agent("Alpha")
    await alpha.register()
    with pytest.raises(AgentError) as raised:
        await alpha.send_message("nobody-there", "x")
    assert (raised.value.code, raised.value.status) == ("AGENT_NOT_FOUND", 404)
    assert raised.value.message
    assert raised.value.next_action
    with pytest.raises(AgentError, match="UNKNOWN_MESSAGE_TYPE"):
        await alpha.send_message("ALL", {"type": "explode"})


async def test_an_agent_that_starts_again_keeps_its_name_with_its_file_only(
    agent: Agents, tmp_path: Path
) -> None:
    path = tmp_path / "alpha.json"
    await agent("Alpha", credentials_file=path).register()
    await agent("Alpha", credentials_file=path).register()
    with pytest.raises(AgentError, match="AGENT_TAKEN"):
        await agent("Alpha", credentials_file=False).register()


async def test_a_token_that_is_refused_is_replaced(agent: Agents) -> None:
    alpha = agent("Alpha")
    await alpha.register()
    held = alpha.credentials
    ended = {"token": "ended", "client_id": held.client_id, "client_secret": held.client_secret}
    caller, listener = agent("Alpha", **ended), agent("Alpha", **ended)
    await caller.send_message(alpha.agent_id, "to oneself")
    await listener.listen(lambda _: listener.stop())
    assert caller.credentials.token not in (None, "ended")
    assert (await alpha.read())["messages"] == []


async def test_lines_that_are_cut_lose_and_repeat_nothing_and_keep_the_order(
    agent: Agents, server_url: str
) -> None:
    async with CuttingProxy(server_url) as proxy:
        reader, writers = agent("Reader", server_url=proxy.url), [agent(f"Writer {n}") for n in range(3)]
        await asyncio.gather(*(one.register() for one in (reader, *writers)))
        heard: list[tuple[str, str]] = []

        async def handle(message: Message) -> None:
            heard.append((message["from"], message["message"]))
            if len(heard) == 45:
                reader.stop()
            elif len(heard) % 10 == 5:
                proxy.cut()

        async def write(name: str, number: int) -> None:
            for count in range(15):
                await writers[number].send_message(reader.agent_id if count % 5 else "ALL", f"{name} {count}")

        await asyncio.gather(reader.listen(handle), *(write(f"w{n}", n) for n in range(3)))
        for number, writer in enumerate(writers):
            told = [text for sender, text in heard if sender == writer.agent_id]
            assert told == [f"w{number} {count}" for count in range(15)]
        assert proxy.connections >= 5
        # All of it was acknowledged, and stays so.
        assert (await reader.read())["messages"] == []


async def test_the_newest_connection_of_an_agent_counts(agent: Agents) -> None:
    alpha, sender = agent("Alpha"), agent("Sender")
    await asyncio.gather(alpha.register(), sender.register())
    newer = agent("Alpha", token=alpha.credentials.token)
    told: list[str] = []
    arrived = asyncio.Event()
    older_listens = asyncio.create_task(alpha.listen(lambda _: arrived.set()))
    await sender.send_message(alpha.agent_id, "to the older")
    await arrived.wait()

    def handle(message: Message) -> None:
        told.append(message["message"])
        if message["message"] == "to the newer":
            newer.stop()

    newer_listens = asyncio.create_task(newer.listen(handle))
    with pytest.raises(AgentError, match="REPLACED"):
        await older_listens
    await sender.send_message(alpha.agent_id, "to the newer")
    await newer_listens
    assert told[-1] == "to the newer"


async def test_an_agent_that_is_deregistered_stops_listening(agent: Agents) -> None:
    alpha, sender = agent("Alpha"), agent("Sender")
    await asyncio.gather(alpha.register(), sender.register())
    arrived = asyncio.Event()
    listening = asyncio.create_task(alpha.listen(lambda _: arrived.set()))
    await sender.send_message(alpha.agent_id, "hello")
    await arrived.wait()
    await alpha.deregister()
    with pytest.raises(AgentError, match="AGENT_NOT_FOUND: The agent was deregistered"):
        await listening
    with pytest.raises(AgentError, match="AGENT_NOT_FOUND"):
        await alpha.listen(lambda _: None)


async def test_a_receipt_tells_what_became_of_a_message(agent: Agents) -> None:
    alpha, beta = agent("Alpha"), agent("Beta")
    await asyncio.gather(alpha.register(), beta.register())
    sent = await beta.send_message(alpha.agent_id, "hello")
    assert (await beta.receipt(sent["message_id"]))["receipt"] == "stored"
    await alpha.listen(lambda _: alpha.stop())
    told = await beta.receipt(sent["message_id"])
    assert (told["receipt"], told["message_id"]) == ("acknowledged", sent["message_id"])
    with pytest.raises(AgentError, match="MESSAGE_NOT_FOUND"):
        await alpha.receipt(sent["message_id"])


async def test_what_nobody_acknowledged_is_its_senders_dead_letter(agent: Agents) -> None:
    alpha, beta = agent("Alpha"), agent("Beta")
    await asyncio.gather(alpha.register(), beta.register())
    sent = await beta.send_message(alpha.agent_id, {"type": "broadcast", "text": "too late"})
    assert (await beta.dead_letters())["messages"] == []
    await alpha.deregister()
    [letter] = (await beta.dead_letters(limit=5))["messages"]
    assert (letter["message_id"], letter["to"]) == (sent["message_id"], alpha.agent_id)
    assert (letter["reason"], letter["message"]["text"]) == ("deregistered", "too late")
    assert (await beta.receipt(sent["message_id"])).get("reason") == "deregistered"


async def test_peers_that_come_and_go_are_told_to_who_listens(agent: Agents) -> None:
    alpha, beta = agent("Alpha"), agent("Beta")
    await alpha.register()

    def notice(presence: Presence) -> None:
        if beta.agent_id in [change["agent_id"] for change in presence["changes"]]:
            alpha.stop()

    listening = asyncio.create_task(alpha.listen(lambda _: None, notice))
    # The server looks now and then, and tells what is different from the last time.
    for change in (beta.register, beta.deregister) * 5:
        await change()
        await asyncio.wait({listening}, timeout=3)
        if listening.done():
            break
    await asyncio.wait_for(listening, 1)

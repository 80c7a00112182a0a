"""The client for scripts without an event loop."""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from mcp_client import AgentError, Message, SyncAgentClient

from .support.quick import QUICK


@pytest.fixture
def pair(server_url: str) -> Iterator[tuple[SyncAgentClient, SyncAgentClient]]:
    run = uuid.uuid4().hex
    with (
        SyncAgentClient(server_url, run, "Alpha", timing=QUICK) as alpha,
        SyncAgentClient(server_url, run, "Beta", timing=QUICK) as beta,
    ):
        alpha.register()
        beta.register()
        yield alpha, beta
        for one in (alpha, beta):
            # Some have left already.
            with suppress(AgentError):
                one.deregister()


Pair = tuple[SyncAgentClient, SyncAgentClient]


def test_a_script_writes_lists_and_reads(pair: Pair) -> None:
    alpha, beta = pair
    sent = beta.send_message(alpha.agent_id, {"type": "broadcast", "text": "hi"}, ttl_s=60)
    [message] = alpha.read(timeout_ms=5_000)["messages"]
    assert (message["message_id"], message["type"]) == (sent["message_id"], "broadcast")
    names = [agent["agent_id"] for agent in beta.list_agents(limit=500)["agents"]]
    assert alpha.agent_id in names
    assert beta.credentials.token
    beta.deregister()
    with pytest.raises(AgentError, match="AGENT_NOT_FOUND"):
        beta.read()


def test_a_handler_may_take_its_time_call_the_client_and_end_listening(pair: Pair) -> None:
    alpha, beta = pair
    threads: set[str] = set()
    accepted: list[object] = []

    def accept(message: Message) -> None:
        threads.add(threading.current_thread().name)
        beta.send_message(message["from"], {"type": "task_accept", "proposal_id": message["message_id"]})
        beta.stop()

    def note(message: Message) -> None:
        accepted.append(message["message"]["proposal_id"])
        alpha.stop()

    sent = alpha.send_message(beta.agent_id, {"type": "task_proposal", "task": "review"})
    beta.listen(accept)
    alpha.listen(note)
    assert accepted == [sent["message_id"]]
    assert threads.isdisjoint({"mcp_client", threading.current_thread().name})


def test_what_a_handler_raises_ends_listening(pair: Pair) -> None:
    alpha, beta = pair
    alpha.send_message(beta.agent_id, "x")

    def fail(_: Message) -> None:
        raise LookupError("no")

    with pytest.raises(LookupError):
        beta.listen(fail)
    assert len(beta.read()["messages"]) == 1


def test_a_client_that_is_closed_has_ended_its_thread(server_url: str) -> None:
    client = SyncAgentClient(server_url, uuid.uuid4().hex, "Short")
    client.register()
    client.deregister()
    before = threading.active_count()
    client.close()
    client.close()
    assert threading.active_count() == before - 1


@pytest.mark.parametrize("end", [SyncAgentClient.stop, SyncAgentClient.close])
def test_listening_in_another_thread_can_be_ended(
    pair: Pair, server_url: str, end: Callable[[SyncAgentClient], None]
) -> None:
    alpha, beta = pair
    arrived = threading.Event()
    with SyncAgentClient(server_url, None, beta.agent_id, token=beta.credentials.token) as listener:
        listening = threading.Thread(target=listener.listen, args=[lambda _: arrived.set()])
        listening.start()
        alpha.send_message(listener.agent_id, "x")
        assert arrived.wait(10)
        end(listener)
        listening.join(10)
        assert not listening.is_alive()
    assert beta.read()["messages"] == []

"""Calls whose answers are lost, late or refusals."""

import asyncio
import time

import pytest

from mcp_client import AgentClient, AgentError, Timing

from .support.lossy_server import LOST, LossyServer, refusal


async def test_a_message_whose_answer_is_lost_is_sent_again_and_takes_effect_once(
    lossy: LossyServer, tester: AgentClient
) -> None:
    lossy.answers = [LOST, LOST, refusal(503, "STORE_UNAVAILABLE")]
    await tester.send_message("peer", "hello")
    assert list(lossy.effects.values()) == ["hello"]
    assert len(lossy.calls) == 4
    assert len({body["idempotency_key"] for _, body in lossy.calls}) == 1


async def test_each_message_has_a_key_of_its_own_or_the_one_that_is_given(
    lossy: LossyServer, tester: AgentClient
) -> None:
    await tester.send_message("peer", "hello")
    await tester.send_message("peer", "hello")
    await tester.send_message("peer", {"type": "broadcast"}, idempotency_key="k", ttl_s=5)
    first, second, third = (body for _, body in lossy.calls)
    assert first["idempotency_key"] != second["idempotency_key"]
    given = {"idempotency_key": "k", "ttl_s": 5, "to": "peer", "from": "tester-s"}
    assert third == {**given, "message": {"type": "broadcast"}}


async def test_a_call_that_came_too_early_waits_as_long_as_it_is_asked_to(
    lossy: LossyServer, tester: AgentClient
) -> None:
    lossy.answers = [refusal(429, "RATE_LIMITED", retry_after_s=0.2)]
    start = time.monotonic()
    await tester.send_message("peer", "hello")
    assert time.monotonic() - start >= 0.2
    assert len(lossy.effects) == 1


async def test_a_call_waits_as_its_answers_header_says(lossy: LossyServer, tester: AgentClient) -> None:
    lossy.answers = [refusal(503, "SERVER_STOPPING", headers={"Retry-After": "1"})]
    start = time.monotonic()
    await tester.send_message("peer", "hello")
    assert time.monotonic() - start >= 1


async def test_a_server_that_asks_for_too_much_patience_is_not_waited_for(
    lossy: LossyServer, tester: AgentClient
) -> None:
    lossy.answers = [refusal(429, "RATE_LIMITED", retry_after_s=3600)]
    with pytest.raises(AgentError) as raised:
        await tester.send_message("peer", "hello")
    assert (raised.value.code, raised.value.retry_after_s, raised.value.tries) == ("RATE_LIMITED", 3600, 1)


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "UNKNOWN_MESSAGE_TYPE"), (404, "AGENT_NOT_FOUND"), (409, "AGENT_TAKEN"), (429, "INBOX_FULL")],
)
async def test_a_refusal_that_another_try_does_not_mend_is_raised(
    lossy: LossyServer, tester: AgentClient, status: int, code: str
) -> None:
    lossy.answers = [refusal(status, code)]
    with pytest.raises(AgentError) as raised:
        await tester.send_message("peer", "hello")
    error = raised.value
    assert (error.code, error.message, error.next_action, error.status) == (code, "No.", "Wait.", status)
    assert (len(lossy.calls), lossy.effects) == (1, {})


async def test_a_call_is_given_up_after_so_many_tries(lossy: LossyServer, tester: AgentClient) -> None:
    lossy.answers = [refusal(503, "STORE_UNAVAILABLE") for _ in range(9)]
    with pytest.raises(AgentError) as raised:
        await tester.list_agents()
    assert (raised.value.code, raised.value.tries, len(lossy.calls)) == ("STORE_UNAVAILABLE", 6, 6)


async def test_a_server_that_is_not_there_is_told_as_such() -> None:
    quick = Timing(tries=2, first_pause_s=0.01)
    async with AgentClient("http://127.0.0.1:1", "s", "A", token="t", timing=quick) as agent:
        with pytest.raises(AgentError) as raised:
            await agent.list_agents()
    assert (raised.value.code, raised.value.tries) == ("UNREACHABLE", 2)
    assert "http://127.0.0.1:1" in raised.value.message


async def test_an_answer_of_something_else_is_told_as_such(lossy: LossyServer) -> None:
    async with AgentClient(f"{lossy.url}/elsewhere", "s", "A", token="t") as agent:
        with pytest.raises(AgentError) as raised:
            await agent.list_agents()
    assert (raised.value.code, raised.value.status) == ("BAD_ANSWER", 404)


async def test_deregistering_whose_answer_is_lost_has_happened(
    lossy: LossyServer, tester: AgentClient
) -> None:
    lossy.answers = [LOST, refusal(404, "AGENT_NOT_FOUND")]
    await tester.deregister()
    assert len(lossy.calls) == 2
    lossy.answers = [refusal(404, "AGENT_NOT_FOUND")]
    with pytest.raises(AgentError, match="AGENT_NOT_FOUND"):
        await tester.deregister()


async def test_a_call_that_is_cancelled_is_not_tried_again(lossy: LossyServer, tester: AgentClient) -> None:
    lossy.answers = [refusal(429, "RATE_LIMITED", retry_after_s=1.5)]
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(tester.send_message("peer", "hello"), 0.2)
    assert lossy.effects == {}

"""Tokens, what takes another one, and the file that keeps both."""

import asyncio
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from mcp_client import AgentClient, AgentError, Credentials

from .support.lossy_server import LOST, LossyServer
from .support.quick import QUICK


def client(lossy: LossyServer, **options: Any) -> AgentClient:
    return AgentClient(lossy.url, "s", "Tester", timing=QUICK, **options)


async def test_an_agent_without_credentials_takes_an_account_before_it_registers(lossy: LossyServer) -> None:
    lossy.answers = [LOST]
    async with client(lossy) as agent:
        await agent.register()
        assert agent.credentials == Credentials("t-1", "c", "s")
    about = {"agent_id": "tester-s", "name": "Tester", "session_id": "s", "capabilities": []}
    register = ("/api/v1/agents/register", about)
    # The lost answer is asked for again by the same account: its agent is not taken by nobody.
    assert lossy.calls == [("/register", {"client_name": "Tester"}), register, register]


async def test_a_server_that_wants_peoples_accounts_says_so(lossy: LossyServer) -> None:
    lossy.gives_accounts = False
    async with client(lossy) as agent:
        with pytest.raises(AgentError) as raised:
            await agent.register()
    assert raised.value.code == "UNAUTHORIZED"
    assert "token" in raised.value.next_action


async def test_a_call_without_any_credentials_names_what_to_do(lossy: LossyServer) -> None:
    async with client(lossy) as agent:
        with pytest.raises(AgentError) as raised:
            await agent.list_agents()
    assert (raised.value.code, lossy.calls) == ("UNAUTHORIZED", [])
    assert "register" in raised.value.next_action


async def test_calls_whose_token_is_refused_take_one_together_and_go_on(lossy: LossyServer) -> None:
    async with client(lossy, token="ended", client_id="c", client_secret="s") as agent:
        await asyncio.gather(*(agent.send_message("peer", str(n)) for n in range(5)))
    assert lossy.tokens_taken == 1
    assert sorted(lossy.effects.values()) == ["0", "1", "2", "3", "4"]


async def test_a_client_id_and_its_secret_are_enough(lossy: LossyServer) -> None:
    async with client(lossy, client_id="c", client_secret="s") as agent:
        await agent.register()
    assert [path for path, _ in lossy.calls] == ["/api/v1/agents/register"]


@pytest.mark.parametrize("options", [{}, {"client_id": "c", "client_secret": "wrong"}])
async def test_a_token_that_is_refused_for_good_is_told_as_such(
    lossy: LossyServer, options: dict[str, str]
) -> None:
    async with client(lossy, token="ended", **options) as agent:
        with pytest.raises(AgentError, match="UNAUTHORIZED"):
            await agent.list_agents()


async def test_the_file_is_its_owners_alone_and_serves_the_next_start(
    lossy: LossyServer, tmp_path: Path
) -> None:
    path = tmp_path / "agent.json"
    async with client(lossy, credentials_file=str(path)) as agent:
        await agent.register()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    lossy.good_tokens.clear()
    async with client(lossy, credentials_file=str(path)) as again:
        await again.register()
    assert json.loads(path.read_text())["token"] == "t-2"
    assert [entry.name for entry in tmp_path.iterdir()] == ["agent.json"]
    assert [path for path, _ in lossy.calls].count("/register") == 1


async def test_the_file_exists_before_the_agent_does(lossy: LossyServer, tmp_path: Path) -> None:
    path = tmp_path / "missing" / "agent.json"
    async with client(lossy, credentials_file=str(path)) as agent:
        with pytest.raises(AgentError, match="CREDENTIALS_FILE"):
            await agent.register()
    assert [path for path, _ in lossy.calls] == ["/register"]


@pytest.mark.parametrize(
    "content",
    ["{", "[]", '{"server_url": "https://other.example", "agent_id": "tester-s", "token": "t"}'],
)
async def test_a_file_of_something_else_is_neither_used_nor_changed(
    lossy: LossyServer, tmp_path: Path, content: str
) -> None:
    path = tmp_path / "agent.json"
    path.write_text(content)
    async with client(lossy, credentials_file=str(path)) as agent:
        with pytest.raises(AgentError, match="CREDENTIALS_FILE"):
            await agent.register()
    assert (path.read_text(), lossy.calls) == (content, [])


async def test_the_address_of_the_server_is_the_same_with_a_slash_and_without(
    lossy: LossyServer, tmp_path: Path
) -> None:
    path = str(tmp_path / "agent.json")
    async with AgentClient(lossy.url + "/", "s", "Tester", timing=QUICK, credentials_file=path) as agent:
        await agent.register()
    async with client(lossy, credentials_file=path) as again:
        await again.register()
    assert [route for route, _ in lossy.calls].count("/register") == 1


async def test_a_file_of_another_server_is_told_with_whom_it_should_be_for(
    lossy: LossyServer, tmp_path: Path
) -> None:
    path = tmp_path / "agent.json"
    path.write_text('{"server_url": "https://other.example", "agent_id": "tester-s", "token": "t"}')
    async with client(lossy, credentials_file=str(path)) as agent:
        with pytest.raises(AgentError, match=f"tester-s at {lossy.url}"):
            await agent.register()


async def test_an_agent_that_starts_again_with_its_session_has_its_name_unasked(
    lossy: LossyServer, state_folder: Path
) -> None:
    for _start in range(2):
        async with client(lossy) as agent:
            await agent.register()
    assert [route for route, _ in lossy.calls].count("/register") == 1
    [kept] = (state_folder / "mcp-multiplayer").iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


async def test_a_server_that_was_set_up_anew_does_not_lock_the_agent_out(
    lossy: LossyServer, state_folder: Path
) -> None:
    async with client(lossy) as agent:
        await agent.register()
    [kept] = (state_folder / "mcp-multiplayer").iterdir()
    kept.write_text(json.dumps({**json.loads(kept.read_text()), "client_secret": "of another store"}))
    lossy.good_tokens.clear()
    async with client(lossy) as again:
        await again.register()
    assert [route for route, _ in lossy.calls].count("/register") == 2
    assert json.loads(kept.read_text())["token"] == again.credentials.token


async def test_a_folder_that_cannot_be_written_keeps_no_agent_from_its_work(
    lossy: LossyServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null")
    async with client(lossy) as agent:
        await agent.register()
    assert "will not know itself after a restart" in caplog.text


@pytest.mark.parametrize("options", [{"credentials_file": False}, {"token": "given"}])
async def test_nothing_is_kept_where_that_is_not_wanted(
    lossy: LossyServer, state_folder: Path, options: dict[str, Any]
) -> None:
    lossy.good_tokens.add("given")
    async with client(lossy, **options) as agent:
        await agent.register()
    assert list(state_folder.iterdir()) == []

"""What tests share: the server under test, and agents that are closed at the end."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from mcp_client import AgentClient, AgentError

from .support.lossy_server import LossyServer
from .support.quick import QUICK


@pytest.fixture(autouse=True)
def state_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where credentials are kept by default: another folder for each test."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder


@pytest.fixture
def server_url() -> str:
    """A real server; MCP_SERVER_URL names it."""
    url = os.environ.get("MCP_SERVER_URL")
    if not url:
        pytest.skip("MCP_SERVER_URL names no server")
    return url


@pytest.fixture
async def lossy() -> AsyncIterator[LossyServer]:
    """A server that fails as its test says."""
    async with LossyServer() as server:
        yield server


Agents = Callable[..., AgentClient]


@pytest.fixture
async def agent(server_url: str) -> AsyncIterator[Agents]:
    """Makes agents of the real server, under names that no other test has."""
    run = uuid.uuid4().hex[:8]

    async def leave(made: AgentClient) -> None:
        # Some have left, and some were never there.
        with suppress(AgentError):
            await made.deregister()

    async with AsyncExitStack() as stack:

        def make(name: str, **options: Any) -> AgentClient:
            url = options.pop("server_url", server_url)
            made = AgentClient(url, run, name, timing=QUICK, **options)
            stack.push_async_exit(made)
            stack.push_async_callback(leave, made)
            return made

        yield make


@pytest.fixture
async def tester(lossy: LossyServer) -> AsyncIterator[AgentClient]:
    """An agent of the lossy server, with a token."""
    async with AgentClient(lossy.url, "s", "Tester", token="t-0", timing=QUICK) as made:
        yield made

"""Two players of the Python library `mcp` play GuessBot to its end; prints what each of them saw, as JSON."""

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata

# Nothing listens there: the redirect is read, not followed.
REDIRECT = "http://127.0.0.1/callback"


class Memory:
    """Where the library keeps its tokens and its registration."""

    def __init__(self):
        self.tokens = None
        self.client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client_info):
        self.client = client_info


def sign_in(url, name):
    """The library's own OAuth flow, with a browser that a server in open mode sends straight on."""
    answers = []

    async def visit(address):
        async with httpx2.AsyncClient() as browser:
            answer = await browser.get(address)
        query = parse_qs(urlsplit(answer.headers["location"]).query)
        answers.append({key: values[0] for key, values in query.items()})

    async def come_back():
        answer = answers.pop()
        return AuthorizationCodeResult(code=answer["code"], state=answer["state"], iss=answer.get("iss"))

    metadata = OAuthClientMetadata(client_name=name, redirect_uris=[REDIRECT])
    return OAuthClientProvider(url, metadata, Memory(), visit, come_back)


class Player:
    def __init__(self, client):
        self.client = client
        self.seat = {}

    async def call(self, tool, **arguments):
        result = await self.client.call_tool(tool, {**arguments, **self.seat})
        if result.is_error:
            raise RuntimeError(f"{tool}: {result.structured_content}")
        return result.structured_content

    async def join(self, invite_code):
        joined = await self.call("join_channel", invite_code=invite_code)
        self.seat = {"channel_id": joined["channel_id"], "seat": joined["rejoin_token"]}

    async def guess(self, number):
        answer = await self.call("post_message", body=f"guess {number}")
        return next(reply["body"]["result"] for reply in answer["replies"] if reply["body"].get("type") == "judge")

    async def read(self):
        log, cursor, more = [], 0, True
        while more or not any(type_of(message) == "end" for message in log):
            page = await self.call("sync_messages", cursor=cursor, timeout_ms=20_000, max_tokens=20_000)
            if not page["messages"]:
                raise RuntimeError("Nothing came within 20 s.")
            log += page["messages"]
            cursor, more = page["cursor"], page["has_more"]
        return log


def type_of(message):
    body = message["body"]
    return body.get("type") if isinstance(body, dict) and message["sender_kind"] != "member" else None


async def play(url, mode):
    async with AsyncExitStack() as stack:
        players = []
        for name in ("Ada", "Bob"):
            http = await stack.enter_async_context(create_mcp_http_client(auth=sign_in(url, name)))
            client = Client(streamable_http_client(url, http_client=http), mode=mode)
            players.append(Player(await stack.enter_async_context(client)))
        tools = [tool.name for tool in (await players[0].client.list_tools()).tools]
        made = await players[0].call(
            "create_channel", name="Game", slots=["bot:referee", "invite:a", "invite:b"], bot_preset="GuessBot"
        )
        for player, invite in zip(players, made["invites"], strict=True):
            await player.join(invite)
        low, high, turn, result = 1, 100, 0, None
        while result != "correct":
            number = (low + high) // 2
            result = await players[turn % 2].guess(number)
            low, high = (number + 1, high) if result == "low" else (low, number - 1)
            turn += 1
        return {
            "protocol": players[0].client.protocol_version,
            "tools": tools,
            "logs": [await player.read() for player in players],
        }


print(json.dumps(asyncio.run(play(sys.argv[1], sys.argv[2]))))

"""Calls as one account."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from .credentials import Credentials, CredentialsFile, OwnCredentials
from .errors import AgentError
from .transport import Transport


class Access:
    """Holds a token, makes calls with it, and takes another one when it is refused."""

    def __init__(self, transport: Transport, given: Credentials, file: CredentialsFile | None) -> None:
        self._transport = transport
        self._credentials = given
        self._file = file
        self._lock = asyncio.Lock()

    @property
    def credentials(self) -> Credentials:
        """What the agent proves itself with now."""
        return self._credentials

    async def call(self, method: str, path: str, **options: Any) -> Any:
        """As Transport.call, with the token."""
        token = await self.token()
        try:
            return await self._with(token, method, path, options)
        except AgentError as error:
            if error.status != 401:
                raise
            return await self._with(await self.renew(token, error), method, path, options)

    async def enrol(self, name: str) -> None:
        """Has credentials before the first call, an account of its own where none were given.

        They come by a call of their own, before the agent is registered: whichever answer is lost, the same
        account asks again, and nothing is taken that nobody holds the token of.
        """
        self._load()
        if not self._credentials.empty:
            return
        made = await self._transport.call("POST", "/register", json={"client_name": name})
        token = made.get("access_token")
        if not token:
            action = "This server wants people's accounts: give a token, or client_id and client_secret."
            raise AgentError("UNAUTHORIZED", "A valid access token is needed.", action, status=401)
        self._keep(Credentials(token, made.get("client_id"), made.get("client_secret")))

    def forget(self) -> bool:
        """Gives up credentials that the server refused, where nobody but this client chose them."""
        if not isinstance(self._file, OwnCredentials) or self._credentials.empty:
            return False
        self._file.remove()
        self._credentials = Credentials()
        return True

    async def token(self) -> str:
        """The token to send. Raises UNAUTHORIZED where there is none and none can be had."""
        self._load()
        return self._credentials.token or await self.renew(None)

    async def renew(self, refused: str | None, why: AgentError | None = None) -> str:
        """Another token than the refused one; callers that come together take one. Raises UNAUTHORIZED."""
        async with self._lock:
            held = self._credentials
            if held.token is not None and held.token != refused:
                return held.token
            if held.client_id is None or held.client_secret is None:
                raise why or _without_token()
            form = {"client_id": held.client_id, "client_secret": held.client_secret}
            answer = await self._transport.call(
                "POST", "/oauth/token", form={"grant_type": "client_credentials", **form}
            )
            token = str(answer["access_token"])
            self._keep(replace(held, token=token))
            return token

    def _load(self) -> None:
        """What the file holds comes after what the caller gave."""
        if self._credentials.empty and self._file is not None:
            self._credentials = self._file.load() or self._credentials

    def _keep(self, credentials: Credentials) -> None:
        self._credentials = credentials
        if self._file is not None:
            self._file.save(credentials)

    async def _with(self, token: str, method: str, path: str, options: dict[str, Any]) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        return await self._transport.call(method, path, headers=headers, **options)


def _without_token() -> AgentError:
    action = "Call register first, or give a token, or client_id and client_secret."
    return AgentError("UNAUTHORIZED", "A valid access token is needed.", action, status=401)

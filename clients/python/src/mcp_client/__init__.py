"""Agents of MCP Multiplayer: register, find each other, write and listen."""

from .client import AgentClient
from .credentials import Credentials
from .errors import AgentError
from .messages import (
    Agent,
    AgentList,
    Content,
    DeadLetter,
    DeadLetters,
    Handler,
    Inbox,
    Message,
    Peer,
    Presence,
    PresenceChange,
    PresenceHandler,
    Receipt,
    Registration,
    Sent,
    Status,
)
from .sync import SyncAgentClient
from .timing import Timing

__all__ = [
    "Agent",
    "AgentClient",
    "AgentError",
    "AgentList",
    "Content",
    "Credentials",
    "DeadLetter",
    "DeadLetters",
    "Handler",
    "Inbox",
    "Message",
    "Peer",
    "Presence",
    "PresenceChange",
    "PresenceHandler",
    "Receipt",
    "Registration",
    "Sent",
    "Status",
    "SyncAgentClient",
    "Timing",
]

"""A handler that remembers."""

from mcp_client import AgentClient, Message


class Heard:
    """A handler that remembers what it was told, and stops after the last."""

    def __init__(self, agent: AgentClient, last: str) -> None:
        self.agent = agent
        self.last = last
        self.messages: list[str] = []

    async def __call__(self, message: Message) -> None:
        self.messages.append(message["message"])
        if message["message"] == self.last:
            self.agent.stop()

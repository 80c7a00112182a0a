"""Two agents propose, accept and finish a task: python two_agents.py [server_url]."""

from __future__ import annotations

import asyncio
import sys
import uuid

from mcp_client import AgentClient, Message


async def plan(planner: AgentClient) -> None:
    """Proposes a review to whoever can review, and listens until it is done."""
    reviewers = await planner.list_agents(capability=f"review-{planner.agent_id}")
    for reviewer in reviewers["agents"]:
        proposal = {
            "type": "task_proposal",
            "task": "code_review",
            "proposal_id": "p-1",
            "files": ["main.py"],
        }
        await planner.send_message(reviewer["agent_id"], proposal)
        print(f"{planner.name} proposed code_review to {reviewer['name']}")

    async def handle(message: Message) -> None:
        content = message["message"]
        if message["type"] == "task_accept":
            print(f"{planner.name} was told: {content['proposal_id']} is accepted")
        elif message["type"] == "response":
            print(f"{planner.name} was told: {content['result']}")
            planner.stop()

    await planner.listen(handle)


async def work(worker: AgentClient) -> None:
    """Accepts the first proposal, does what it asks for, and answers."""

    async def handle(message: Message) -> None:
        if message["type"] != "task_proposal":
            return
        proposal = message["message"]
        proposal_id = proposal["proposal_id"]
        await worker.send_message(message["from"], {"type": "task_accept", "proposal_id": proposal_id})
        print(f"{worker.name} accepted {proposal['task']}")
        # Here a real agent reads the files.
        result = f"{len(proposal['files'])} file reviewed, nothing to mend"
        answer = {"type": "response", "correlation_id": proposal_id, "ok": True, "result": result}
        await worker.send_message(message["from"], answer)
        worker.stop()

    await worker.listen(handle)


async def main(server_url: str) -> None:
    """Both agents in one process; each would do the same in one of its own."""
    session = uuid.uuid4().hex
    planner = AgentClient(server_url, session, "Planner")
    worker = AgentClient(server_url, session, "Worker", capabilities=[f"review-{planner.agent_id}"])
    async with planner, worker:
        await worker.register()
        await planner.register()
        await asyncio.wait_for(asyncio.gather(plan(planner), work(worker)), 60)
        await worker.deregister()
        await planner.deregister()
    print("Done: the task is finished, and both agents have left.")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8100"))

"""What an agent is called where nothing else is said."""

import pytest

from mcp_client.names import default_agent_id


@pytest.mark.parametrize(
    ("name", "session_id", "expected"),
    [
        ("Alpha", "01RXGe86WesQ8yxBsVwvKvdc", "alpha-01RXGe86"),
        ("Instance-Alpha", None, "instance-alpha"),
        ("Code reviewer (1)", "ab", "code-reviewer--1--ab"),
        ("Agent.Smith_2", "12345678", "agent.smith_2-12345678"),
        ("Ärger", "s", "rger-s"),
        ("x" * 100, "12345678", "x" * 55 + "-12345678"),
    ],
)
def test_a_name_is_made_of_the_name_and_the_session(name: str, session_id: str | None, expected: str) -> None:
    assert default_agent_id(name, session_id) == expected


def test_a_name_without_a_letter_is_asked_for() -> None:
    with pytest.raises(ValueError, match="give agent_id"):
        default_agent_id("!!!", None)

"""What is installed."""

from importlib.metadata import requires
from importlib.resources import files

import mcp_client


def test_the_package_tells_type_checkers_that_it_is_typed() -> None:
    assert (files(mcp_client) / "py.typed").is_file()


def test_the_package_needs_one_other_package() -> None:
    needed = [line for line in requires("mcp-multiplayer-client") or [] if "extra ==" not in line]
    assert [line.split(">")[0].split("<")[0] for line in needed] == ["aiohttp"]


def test_everything_that_is_exported_is_there() -> None:
    assert [name for name in mcp_client.__all__ if not hasattr(mcp_client, name)] == []

"""Pauses short enough for tests."""

from mcp_client import Timing

QUICK = Timing(heartbeat_s=0.1, silence_s=5, call_s=5, first_pause_s=0.01, longest_pause_s=2)

"""Runs one hook of one bot, in a process that exists for nothing else."""

from .run import run

__all__ = ["run"]

"""A lookalike GitHub over real HTTP: `await start(Config(...))` serves it, `python -m sandbox` runs it alone."""

from sandbox.github.faults import Faults
from sandbox.github.server import Config, Sandbox, start

__all__ = ["Config", "Faults", "Sandbox", "start"]

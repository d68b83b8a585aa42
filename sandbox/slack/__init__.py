"""A lookalike Slack over real HTTP: `await start(Config(...))` serves it; buttons on its page are pressed for real."""

from sandbox.slack.faults import Faults
from sandbox.slack.server import Config, Sandbox, start

__all__ = ["Config", "Faults", "Sandbox", "start"]

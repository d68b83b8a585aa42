"""A lookalike PagerDuty over real HTTP: `await start(Config(...))` serves it; it says who is on call."""

from sandbox.pagerduty.faults import Faults
from sandbox.pagerduty.server import Config, Sandbox, start

__all__ = ["Config", "Faults", "Sandbox", "start"]

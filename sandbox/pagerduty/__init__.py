"""A lookalike PagerDuty over real HTTP: `await start(Config(...))` serves it; it has on-calls and takes events."""

from sandbox.pagerduty.enqueue import ROUTING_KEY
from sandbox.pagerduty.faults import Faults
from sandbox.pagerduty.server import Config, Sandbox, start

__all__ = ["ROUTING_KEY", "Config", "Faults", "Sandbox", "start"]

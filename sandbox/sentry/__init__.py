"""A lookalike Sentry over real HTTP: `await start(Config(...))` serves it; it sends webhooks, and answers the API."""

from sandbox.sentry.faults import Faults
from sandbox.sentry.server import Config, Sandbox, start

__all__ = ["Config", "Faults", "Sandbox", "start"]

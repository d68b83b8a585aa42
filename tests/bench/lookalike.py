"""A lookalike GitHub in a process of its own: `python -m tests.bench.lookalike KEY`, until standard input ends.

Its address is told on standard output. `KEY` is the App's key in PEM. Its limits are wide, since what is measured is
the App; how long it takes to answer is set by `POST /_sandbox/faults`. Its webhooks are taken by nobody and called
taken, or the App would have them sent again and again.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Final

from aiohttp import web

from sandbox import github
from sandbox.github.limits import Allowance

HOME: Final = "acme/caseflow"
WIDE: Final = {
    "GITHUB_CREATES_PER_MINUTE": "100000",
    "GITHUB_CREATES_PER_HOUR": "1000000",
    "GITHUB_POINTS_PER_MINUTE": "1000000",
}
"""The App's settings beside it."""


async def serve(key: str) -> None:
    """Until standard input ends."""
    allowance = Allowance(
        primary_per_hour=10_000_000,
        content_per_minute=100_000,
        content_per_hour=1_000_000,
        points_per_minute=1_000_000,
    )
    files = {".github/PRODOWNERS": "* @nick\n"}
    seed = {"repositories": [{"name": HOME, "people": {"nick": "admin"}, "files": files}]}
    sink = web.AppRunner(web.Application(), access_log=None)
    sink.app.router.add_post("/", _taken)
    await sink.setup()
    await web.TCPSite(sink, "127.0.0.1", 0).start()
    hooks = f"http://127.0.0.1:{sink.addresses[0][1]}/"
    hub = await github.start(github.Config(app_key=key, allowance=allowance, seed=seed, webhook_url=hooks))
    print(hub.url, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await hub.close()
    await sink.cleanup()


async def _taken(_: web.Request) -> web.Response:
    return web.Response(status=202)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]).read_text()))

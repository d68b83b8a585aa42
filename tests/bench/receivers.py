"""The receivers that `tests/bench/doors.py` and `tests/bench/saves.py` compare, each a process of its own.

* `plain`: aiohttp and gidgethub as their documentation shows them, which verifies, parses, saves nothing and answers;
* `app`: the App's doors and store as `app/wiring.py` builds them. Its worker is not started: settling is another
  figure, and would speak to GitHub while the doors are measured;
* `fleet`: the same on PostgreSQL.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from aiohttp import web
from gidgethub import ValidationFailure, sansio

from app import wiring
from app.domain.mail import ByError, ByIssue
from app.ledger import tickets
from app.ledger.database import Database
from app.settings import Settings
from sandbox.github.auth import throwaway_key
from tests.bench.load import SECRET


async def plain(request: web.Request) -> web.Response:
    """A receiver without memory."""
    try:
        event = sansio.Event.from_http(request.headers, await request.read(), secret=SECRET)
    except ValidationFailure:
        return web.Response(status=401)
    return web.json_response({"event": event.event}, status=202)


async def serve(application: web.Application) -> None:
    """Serve on a free port, told on standard output, until standard input ends."""
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


async def serve_plain() -> None:
    application = web.Application(client_max_size=25 * 1024 * 1024)
    application.router.add_post("/github", plain)
    await serve(application)


async def serve_app(folder: Path, known: list[tuple[int, int]]) -> None:
    """The App; the issues (repository id, number) are tickets already, so that mail about them is saved."""
    settings = _settings(database=folder / "prod-squad.db")
    database = Database.open(settings.database)
    for repository, number in known:
        error = ByError(fingerprint=f"v1:{repository}:{number}")
        address = ByIssue(repository_id=repository, number=number, error=error)
        await database.run(lambda connection, address=address: tickets.make(connection, address))
    await database.close()
    await serve_house(settings)


async def serve_fleet(url: str) -> None:
    """One of several processes of the App on one database."""
    await serve_house(_settings(database_url=url))


async def serve_house(settings: Settings) -> None:
    wiring.log_to("machines", "INFO")  # as the App does; else each delivery would be a line
    async with wiring.house(settings) as house:
        await serve(house.web)


def _settings(**store: object) -> Settings:
    return Settings(
        _env_file=None,  # type: ignore[call-arg]  # BaseSettings takes it, mypy does not see it
        github_app_id=1,
        github_private_key=throwaway_key(),
        github_webhook_secrets=SECRET,
        tickets_repository="acme/caseflow",
        **store,  # type: ignore[arg-type]  # one of the two that name a store
    )


if __name__ == "__main__":
    if sys.argv[1] == "plain":
        asyncio.run(serve_plain())
    elif sys.argv[1] == "fleet":
        asyncio.run(serve_fleet(sys.argv[2]))
    else:
        pairs = [tuple(map(int, pair.split(":"))) for pair in sys.argv[3:]]
        asyncio.run(serve_app(Path(sys.argv[2]), [(a, b) for a, b in pairs]))

"""`python -m app setup`: registers the GitHub App from `app.yml` with one click, and writes `.env`.

Rule: an existing `.env` that names an App is never touched; key and secrets go into files only their owner can read,
and are not shown.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import secrets
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import yaml
from aiohttp import web

from app.cli.commands import Command, text_of
from app.domain.errors import UserError
from app.domain.squad import REPOSITORY
from app.github.manifest import Registered, convert, manifest
from app.github.wire import Wire
from app.web.setup import SetupPage

MANIFEST = Path(__file__).parents[2] / "app.yml"
ENV = Path(".env")
KEY = Path("prod-squad.private-key.pem")


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("host", metavar="https://HOST", help="where the App will be reached")
    parser.add_argument("tickets", metavar="OWNER/NAME", help="the repository that gets the tickets")
    parser.add_argument("--organization", help="register it for this organisation; by default for yourself")
    parser.add_argument("--name", default="Prod Squad", help="the App's name; GitHub wants it to be unique")
    parser.add_argument("--port", type=int, default=8090, help="where the setup page is served on this machine")
    parser.add_argument(
        "--github", default="https://github.com", help="GitHub's pages; another for an Enterprise Server"
    )
    parser.add_argument("--api", default="https://api.github.com", help="GitHub's API, likewise")


def _run(chosen: argparse.Namespace) -> None:
    parts = urlsplit(chosen.host)
    if parts.scheme != "https" or not parts.hostname or parts.path.strip("/"):
        raise UserError("Name the host as https://prod-squad.example.org, without a path: GitHub sends webhooks there.")
    if not re.fullmatch(REPOSITORY, chosen.tickets):
        raise UserError("Name the repository as owner/name.")
    if ENV.exists() and re.search(r"^\s*GITHUB_APP_ID\s*=\s*\S", text_of(ENV), re.MULTILINE):
        raise UserError(f"{ENV} names an App already. Move it away first; nothing was changed.")
    if KEY.exists():
        raise UserError(f"{KEY} is there already. Move it away first; nothing was changed.")
    asyncio.run(_register(chosen))


async def _register(chosen: argparse.Namespace) -> None:
    here = f"http://127.0.0.1:{chosen.port}"
    asked = manifest(
        yaml.safe_load(text_of(MANIFEST)),
        host=chosen.host.rstrip("/"),
        name=chosen.name,
        redirect_url=f"{here}/registered",
    )
    whose = f"/organizations/{chosen.organization}" if chosen.organization else ""
    page = SetupPage(register_url=f"{chosen.github}{whose}/settings/apps/new", manifest=json.dumps(asked))
    runner = web.AppRunner(page.application(), access_log=None, shutdown_timeout=2)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", chosen.port).start()
        print(f"Open {here} in your browser and register the App there. Ctrl-C ends this.", flush=True)
        code = await page.code
        async with aiohttp.ClientSession() as session:
            made = await convert(Wire(session, base_url=chosen.api), code)
    except OSError as error:
        raise UserError(f"Port {chosen.port} can't be used: {error.strerror}. Take another with --port.") from error
    finally:
        await runner.cleanup()
    _write(made, chosen)
    print(
        f"Registered. {ENV} and {KEY} are written.\n"
        f"Next: install the App on {chosen.tickets} at {made.html_url}/installations/new, then `make run`.",
        flush=True,
    )


def _write(made: Registered, chosen: argparse.Namespace) -> None:
    if not made.webhook_secret:
        raise UserError(
            f"GitHub made the App at {made.html_url}, but no webhook secret with it. Set one there, generate a key, "
            "and write both into .env as .env.example says."
        )
    lines = {
        "GITHUB_APP_ID": made.id,
        "GITHUB_APP_SLUG": made.slug,
        "GITHUB_PRIVATE_KEY_FILE": KEY,
        "GITHUB_WEBHOOK_SECRETS": made.webhook_secret,
        "TICKETS_REPOSITORY": chosen.tickets,
    }
    if chosen.api != "https://api.github.com":
        lines["GITHUB_API_URL"] = chosen.api
    before = f"{text_of(ENV).rstrip()}\n\n" if ENV.exists() else ""
    _private(KEY, made.pem)
    _private(ENV, before + "".join(f"{name}={value}\n" for name, value in lines.items()))


def _private(path: Path, text: str) -> None:
    """Written whole or not at all, and readable for its owner only."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


COMMAND = Command(name="setup", help="Register the GitHub App with one click, and write .env.", add=_add, run=_run)

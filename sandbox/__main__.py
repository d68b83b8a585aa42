"""`python -m sandbox`: serve the lookalike GitHub alone, until it is told to stop; `python -m sandbox demo`: the demo.

`python -m sandbox --port 8901 --webhook-url http://127.0.0.1:8080/github --webhook-secret S --state seed.yml`
"""

from __future__ import annotations

import argparse
import asyncio
import signal
from pathlib import Path

import yaml

from sandbox import demo
from sandbox.github import Config, start


async def serve(config: Config, write_key: Path | None) -> None:
    sandbox = await start(config)
    if write_key is not None:
        await asyncio.to_thread(write_key.write_text, sandbox.private_key)
    print(f"Lookalike GitHub at {sandbox.url}", flush=True)
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await stop.wait()
    await sandbox.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8901)
    parser.add_argument("--webhook-url", help="where the App listens; without it webhooks are only recorded")
    parser.add_argument("--webhook-secret", default="secret")
    parser.add_argument("--app-id", type=int, default=1)
    parser.add_argument("--app-key", type=Path, help="the App's key in PEM, private or public; without it one is made")
    parser.add_argument("--write-key", type=Path, help="where to write the private key that was made")
    parser.add_argument("--state", type=Path, help="what there is at the start: YAML or JSON, see github/seed.py")
    parser.add_argument("--check-contract", action="store_true", help="hold every call to GitHub's own description")
    parser.set_defaults(act="serve")
    choices = parser.add_subparsers(metavar="demo")
    play = choices.add_parser("demo", help="the real App between two lookalikes, and real alerts through it")
    play.add_argument("--once", action="store_true", help="end when the tickets are shown")
    play.add_argument("--free-ports", action="store_true", help="take any free ports")
    play.set_defaults(act="demo")
    chosen = parser.parse_args()
    if chosen.act == "demo":
        asyncio.run(demo.run(once=chosen.once, free_ports=chosen.free_ports))
        return
    config = Config(
        host=chosen.host,
        port=chosen.port,
        webhook_url=chosen.webhook_url,
        webhook_secret=chosen.webhook_secret,
        app_id=chosen.app_id,
        app_key=chosen.app_key.read_text() if chosen.app_key else "",
        seed=yaml.safe_load(chosen.state.read_text()) if chosen.state else {},
        check_contract=chosen.check_contract,
    )
    asyncio.run(serve(config, chosen.write_key))


if __name__ == "__main__":
    main()

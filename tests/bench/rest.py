"""The App at rest: from its start to its first answer, its memory, and the processor it takes while nothing happens.

`python -m tests.bench.rest [--seconds 30] [--starts 5]`

A lookalike GitHub stands beside it, so that what it does at its start succeeds. Linux only: it reads /proc.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from sandbox import github
from tests.bench.load import ROOT, SECRET


def resident(pid: int) -> float:
    """Resident memory in MB (10^6 bytes)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) * 1024 / 1e6


def processor(pid: int) -> float:
    """Seconds of processor time, its own and the kernel's for it."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def started(hub: github.Sandbox, folder: Path, port: int) -> tuple[asyncio.subprocess.Process, float]:
    """The App's process, and the seconds until its first answer."""
    env = {
        **os.environ,
        "GITHUB_APP_ID": "1",
        "GITHUB_PRIVATE_KEY": hub.private_key,
        "GITHUB_WEBHOOK_SECRETS": SECRET,
        "GITHUB_API_URL": hub.url,
        "TICKETS_REPOSITORY": "acme/caseflow",
        "DATABASE": str(folder / "prod-squad.db"),
        "PORT": str(port),
        "LOG_LEVEL": "ERROR",
    }
    began = time.monotonic()
    app = await asyncio.create_subprocess_exec(sys.executable, "-m", "app", "serve", env=env, cwd=ROOT)
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.005)
            continue
        writer.write(b"GET /health HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        if b" 200 " not in answer[:20]:
            raise RuntimeError(answer.decode())
        return app, time.monotonic() - began


async def measure(starts: int, seconds: float) -> None:
    hub = await github.start(github.Config(seed={"repositories": [{"name": "acme/caseflow"}]}))
    taken = []
    with tempfile.TemporaryDirectory() as name:
        for number in range(starts):
            app, until_answer = await started(hub, Path(name), 18_080 + number)
            taken.append(until_answer)
            if number < starts - 1:
                app.terminate()
                await app.wait()
        await asyncio.sleep(3)
        before, began = processor(app.pid), time.monotonic()
        await asyncio.sleep(seconds)
        share = (processor(app.pid) - before) / (time.monotonic() - began) * 100
        memory = resident(app.pid)
        app.terminate()
        await app.wait()
    await hub.close()
    print(
        f"rest: first answer after {median(taken):.2f} s (worst {max(taken):.2f} s); {memory:.0f} MB; "
        f"{share:.2f} % of a processor over {seconds:.0f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.rest", description=__doc__)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=30)
    chosen = parser.parse_args()
    asyncio.run(measure(chosen.starts, chosen.seconds))


if __name__ == "__main__":
    main()

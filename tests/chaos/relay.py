"""What stands before the doors of a fleet: a connection goes to whichever process takes it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Self


class Relay:
    """Made by `Relay.open`; `ports` are the processes' on this machine, and each gets its turn."""

    def __init__(self) -> None:
        self.ports: list[int] = []
        self._turn = 0
        self._server: asyncio.Server | None = None

    @classmethod
    async def open(cls) -> Self:
        """Take connections on a free port."""
        relay = cls()
        relay._server = await asyncio.start_server(relay._carry, "127.0.0.1", 0)
        return relay

    @property
    def url(self) -> str:
        """Its address."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """Take none any more."""
        assert self._server is not None
        self._server.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._turn += 1
        for nth in range(len(self.ports)):
            port = self.ports[(self._turn + nth) % len(self.ports)]
            try:
                back, onward = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                continue
            await asyncio.gather(_pour(reader, onward), _pour(back, writer))
            return
        writer.close()


async def _pour(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()
    sink.close()

"""A pooler in transaction mode, as far as a test needs it: all who connect share one connection of the server's, each
until its transaction is over. https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from psycopg.conninfo import conninfo_to_dict


@asynccontextmanager
async def pooled(url: str) -> AsyncIterator[str]:
    """The database of this address, through a pooler. It must be on a socket of this machine, and ask no password."""
    where = conninfo_to_dict(url)
    back, onward = await asyncio.open_unix_connection(f"{where['host']}/.s.PGSQL.{where.get('port', 5432)}")
    names = f"user\0{where['user']}\0database\0{where['dbname']}\0\0".encode()
    onward.write(struct.pack("!II", 8 + len(names), 3 << 16) + names)
    greeting, _ = await _answer(back)
    free, open_ = asyncio.Lock(), set[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_.add(task)
        try:
            await _startup(reader, writer)
            writer.write(greeting)
            while (said := await reader.read(65_536)) and not said.startswith(b"X"):
                async with free:
                    onward.write(said)
                    answer, idle = await _answer(back)
                    writer.write(answer)
                    while not idle:
                        onward.write(await reader.read(65_536))
                        answer, idle = await _answer(back)
                        writer.write(answer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            open_.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"postgresql://{where['user']}@127.0.0.1:{server.sockets[0].getsockname()[1]}/{where['dbname']}"
    finally:
        server.close()
        if open_:
            await asyncio.wait(open_, timeout=5)
        onward.close()
        await onward.wait_closed()


async def _startup(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Who asks for encryption is told that there is none."""
    while True:
        (length,) = struct.unpack("!I", await reader.readexactly(4))
        (code,) = struct.unpack("!I", (await reader.readexactly(length - 4))[:4])
        if code == 3 << 16:
            return
        writer.write(b"N")


async def _answer(back: asyncio.StreamReader) -> tuple[bytes, bool]:
    """All that the server says until it is ready again, and whether the transaction is over."""
    said = b""
    while True:
        head = await back.readexactly(5)
        body = await back.readexactly(struct.unpack("!I", head[1:])[0] - 4)
        said += head + body
        if head[:1] == b"Z":
            return said, body == b"I"

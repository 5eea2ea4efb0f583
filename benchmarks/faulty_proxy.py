r"""A proxy before an HTTP server that is slow, and fails now and then.

    python -m benchmarks.faulty_proxy --upstream=127.0.0.1:5000 --faults=0.05

Prints its port. Every response waits for the latency. A share of the GET
requests meets a fault, in turn: an error 503, a connection that is reset in
the middle of the body, and a body that comes in two halves, a second apart.
GET /-/counts returns JSON: requests, bytes of bodies, faults, and the most
requests under way at a time.
"""

import argparse
import asyncio
import contextlib
import dataclasses
import json
import queue
import random
import threading
from collections.abc import Iterator

# Seconds between the halves of a slow body.
SLOW = 1.0


@dataclasses.dataclass
class Counts:
    requests: int = 0
    bytes: int = 0
    faults: int = 0
    under_way: int = 0
    most_under_way: int = 0


class Proxy:
    """Passes requests on to a server.

    Args:
        upstream: its host and port.
        latency: seconds that each response waits.
        faults: share of the GET requests that meet a fault.
    Attributes:
        counts: what happened so far.
    """

    def __init__(self, upstream: str, latency: float, faults: float):
        self._upstream = upstream.split(":")
        self._latency, self._faults = latency, faults
        self._random = random.Random(0)
        self.counts = Counts()

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answers the requests of one connection."""
        try:
            while await self._answer(reader, writer):
                pass
        except (OSError, EOFError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Answers a request; returns whether the connection stays open."""
        head = await reader.readuntil(b"\r\n\r\n")
        method, path, _ = head.split(b" ", 2)
        if path == b"/-/counts":
            writer.write(_response(json.dumps(dataclasses.asdict(self.counts))))
            await writer.drain()
            return True
        counts = self.counts
        counts.requests += 1
        counts.under_way += 1
        counts.most_under_way = max(counts.most_under_way, counts.under_way)
        try:
            request = head + await reader.readexactly(_length(head))
            await asyncio.sleep(self._latency)
            answer, body = await self._ask(request, method == b"HEAD")
            return await self._send(writer, answer, body, method == b"GET")
        finally:
            counts.under_way -= 1

    async def _ask(self, request: bytes, no_body: bool) -> tuple[bytes, bytes]:
        reader, writer = await asyncio.open_connection(
            *self._upstream, limit=1 << 26
        )
        try:
            writer.write(request)
            await writer.drain()
            head = await reader.readuntil(b"\r\n\r\n")
            size = 0 if no_body else _length(head)
            return head, await reader.readexactly(size)
        finally:
            writer.close()

    async def _send(
        self,
        writer: asyncio.StreamWriter,
        head: bytes,
        body: bytes,
        may_fail: bool,
    ) -> bool:
        head = b"\r\n".join(
            line
            for line in head.split(b"\r\n")
            if not line.lower().startswith(b"connection:")
        )
        self.counts.bytes += len(body)
        if may_fail and self._random.random() < self._faults:
            self.counts.faults += 1
            kind = self.counts.faults % 3
            if kind == 0:
                writer.write(_response("Slow down", b"503 Slow Down"))
                await writer.drain()
                return True
            writer.write(head + body[: len(body) // 2])
            await writer.drain()
            if kind == 1:
                writer.transport.abort()
                return False
            await asyncio.sleep(SLOW)
            writer.write(body[len(body) // 2 :])
        else:
            writer.write(head + body)
        await writer.drain()
        return True


@contextlib.contextmanager
def running(proxy: Proxy) -> Iterator[int]:
    """Runs a proxy in a thread of this process; gives its port."""
    ports: queue.Queue[int] = queue.Queue()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
        ports.put(server.sockets[0].getsockname()[1])
        await stop.wait()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    thread = threading.Thread(target=loop.run_until_complete, args=[serve()])
    thread.start()
    try:
        yield ports.get()
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.split(b":")[1])
    return 0


def _response(text: str, status: bytes = b"200 OK") -> bytes:
    body = text.encode()
    return b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (
        status,
        len(body),
        body,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upstream", required=True, help="host:port")
    parser.add_argument("--latency", type=float, default=0.05)
    parser.add_argument("--faults", type=float, default=0.05)
    _arguments = parser.parse_args()
    with running(
        Proxy(_arguments.upstream, _arguments.latency, _arguments.faults)
    ) as _port:
        print(_port, flush=True)
        threading.Event().wait()

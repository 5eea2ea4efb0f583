"""Clients that each ask their next question once they have an answer."""

import asyncio
import json
import time
from collections.abc import Callable
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Level(NamedTuple):
    """What some number of clients met.

    Attributes:
        clients: their number.
        texts_per_second: answers, each to one text.
        p50, p99: milliseconds.
    """

    clients: int
    texts_per_second: float
    p50: float
    p99: float


async def _ask(
    port: int,
    requests: Sequence[bytes],
    first: int,
    end: float,
    found: list[tuple[float, float]],
) -> None:
    """One connection; adds when each answer came, and its milliseconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    turn = first
    while time.perf_counter() < end:
        begin = time.perf_counter()
        writer.write(requests[turn % len(requests)])
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise RuntimeError(f"The server answered {head.decode()!r}.")
        lines = head.lower().split(b"\r\n")
        (length,) = (
            int(line.split(b":")[1])
            for line in lines
            if line.startswith(b"content-length:")
        )
        await reader.readexactly(length)
        now = time.perf_counter()
        found.append((now, (now - begin) * 1000))
        turn += 1
    writer.close()


def measure(
    port: int, requests: Sequence[bytes], clients: int, seconds: float
) -> Level:
    """Asks for `seconds`, of which the first quarter does not count."""

    async def ask_all() -> list[tuple[float, float]]:
        found: list[tuple[float, float]] = []
        end = time.perf_counter() + seconds
        step = len(requests) // clients + 1
        await asyncio.gather(
            *(
                _ask(port, requests, number * step, end, found)
                for number in range(clients)
            )
        )
        return [pair for pair in found if end - 0.75 * seconds < pair[0] < end]

    found = asyncio.run(ask_all())
    times = [milliseconds for _, milliseconds in found]
    p50, p99 = np.percentile(times, [50, 99]).tolist()
    return Level(clients, len(found) / (0.75 * seconds), p50, p99)


def request(path: str, body: object) -> bytes:
    """A request of HTTP that keeps its connection."""
    content = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def climb(
    ask: Callable[[int], Level], limit: float, levels: Sequence[int]
) -> list[Level]:
    """Raises the number of clients until p99 is above the limit, in ms.

    The last level is the first above it, unless none is. Such a level is tried
    twice, so that one pause of the machine does not end the climb.
    """
    found = []
    for clients in levels:
        level = ask(clients)
        if level.p99 > limit:
            level = min(level, ask(clients), key=lambda level: level.p99)
        found.append(level)
        if level.p99 > limit:
            break
    return found


def best(levels: Sequence[Level], limit: float) -> Level | None:
    """The level of most texts a second whose p99 is within the limit."""
    within = [level for level in levels if level.p99 <= limit]
    return max(within, key=lambda level: level.texts_per_second, default=None)

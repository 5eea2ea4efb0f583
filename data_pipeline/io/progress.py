"""Shows the progress of long work: a bar on a terminal, log lines elsewhere."""

import time
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

from absl import logging
from tqdm import auto as tqdm

_SECONDS_BETWEEN_LINES = 30


class Progress:
    """A bar on a terminal, or a line in the log every half minute.

        with Progress("shards", total=8) as progress:
            progress.update()

    Args:
        unit: plural noun for the things that are counted.
        total: number of units, if known.
    """

    def __init__(self, unit: str, total: int | None = None):
        self._unit, self._total, self._done = unit, total, 0
        self._bar = tqdm.tqdm(
            total=total,
            unit=f" {unit}",
            unit_scale=True,
            dynamic_ncols=True,
            disable=None,  # off unless on a terminal
        )
        self._last_line = time.monotonic()

    def update(self, count: int = 1) -> None:
        self._done += count
        self._bar.update(count)
        if not self._bar.disable:
            return
        now = time.monotonic()
        if now - self._last_line > _SECONDS_BETWEEN_LINES:
            share = f", {self._done / self._total:.0%}" if self._total else ""
            logging.info(
                "%s %s%s so far.", f"{self._done:,}", self._unit, share
            )
            self._last_line = now

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: Any) -> None:
        self._bar.close()


def watch(
    items: Iterable,
    unit: str,
    total: int | None = None,
    count: Callable[[Any], int] = lambda item: 1,
) -> Iterator:
    """Yields items while showing progress.

    Args:
        items: any iterable.
        unit, total: as in `Progress`.
        count: number of units of an item.
    """
    with Progress(unit, total) as progress:
        for item in items:
            yield item
            progress.update(count(item))

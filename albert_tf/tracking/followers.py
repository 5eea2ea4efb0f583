"""Who follows the runs of this process, and how they are told."""

import contextlib
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from typing import Protocol

_open: list["Follower"] = []


class Follower(Protocol):
    """Follows the runs that train while it is open; on the first machine."""

    def begin(self, folder: str, settings: Mapping[str, Any]) -> None:
        """A run starts or resumes in a folder, with these settings."""

    def row(
        self, folder: str, kind: str, step: int, values: Mapping[str, float]
    ) -> None:
        """The run in a folder reports a row, as in metrics.jsonl."""

    def result(self, folder: str, values: Mapping[str, float]) -> None:
        """The evaluation at the end of a run."""


@contextlib.contextmanager
def following(follower: Follower) -> Iterator[None]:
    """Lets a follower follow all runs inside."""
    _open.append(follower)
    try:
        yield
    finally:
        _open.remove(follower)


def begin(folder: str, settings: Mapping[str, Any]) -> None:
    """Tells all followers; as in `Follower`."""
    for follower in tuple(_open):
        follower.begin(folder, settings)


def row(folder: str, kind: str, step: int, values: Mapping[str, float]) -> None:
    """Tells all followers; as in `Follower`."""
    for follower in tuple(_open):
        follower.row(folder, kind, step, values)


def result(folder: str, values: Mapping[str, float]) -> None:
    """Tells all followers; as in `Follower`."""
    for follower in tuple(_open):
        follower.result(folder, values)

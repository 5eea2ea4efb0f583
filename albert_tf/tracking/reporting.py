"""Reports runs to experiment trackers (MLflow, Weights & Biases).

Numbers go through a queue to a thread, so that a slow or missing server never
holds up training. What fails is logged once.
"""

import contextlib
import importlib
import importlib.util
import queue
import threading
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import Protocol

from absl import logging

from albert_tf.runs import secrets
from albert_tf.tracking import followers

# By the name of --report_to: the title, the library, which is in the extra of
# the name, and the module here.
TRACKERS = {
    "mlflow": ("MLflow", "mlflow", "albert_tf.tracking.mlflow_runs"),
    "wandb": ("Weights & Biases", "wandb", "albert_tf.tracking.wandb_runs"),
}
# Rows that wait for a slow server; later ones are dropped.
_WAITING = 10_000
# Seconds to wait at the end for rows to arrive.
_PATIENCE = 60.0


class Tracker(Protocol):
    """Sends a run to a server; any method may raise any exception."""

    def begin(self, folder: str, settings: Mapping[str, Any]) -> None: ...

    def row(
        self, folder: str, kind: str, step: int, values: Mapping[str, float]
    ) -> None: ...

    def result(self, folder: str, values: Mapping[str, float]) -> None: ...

    def end(self, is_finished: bool) -> None: ...


def check(names: Sequence[str] | None) -> None:
    """Checks the values of --report_to.

    Raises:
        ValueError: a name is unknown.
        ImportError: a library is not installed.
    """
    for name in names or ():
        if name not in TRACKERS:
            raise ValueError(
                f"--report_to must be one or more of {', '.join(TRACKERS)}. "
                f"Received: {name!r}."
            )
        title, library, _ = TRACKERS[name]
        if importlib.util.find_spec(library) is None:
            raise ImportError(
                f"{library} must be installed to report to {title}, but is "
                f"not. Run pip install 'albert_tf[{name}]'."
            )


@contextlib.contextmanager
def to(names: Sequence[str] | None) -> Iterator[None]:
    """Reports the runs inside to these trackers.

    Args:
        names: the values of --report_to, which `check` has checked.
    """
    with contextlib.ExitStack() as stack:
        for name in names or ():
            title, _, module = TRACKERS[name]
            stack.enter_context(_followed(title, module))
        yield


@contextlib.contextmanager
def _followed(title: str, module: str) -> Iterator[None]:
    sender = Sender(title, lambda: importlib.import_module(module).Tracker())
    is_finished = False
    try:
        with followers.following(sender):
            yield
        is_finished = True
    finally:
        sender.close(is_finished)


class Sender:
    """A `followers.Follower` that hands everything to a tracker, in a thread.

    Args:
        title: the name of the tracker, for messages.
        make: makes the `Tracker`; called in the thread, as imports take
            seconds.
        patience: seconds that `close` waits for what was not sent yet.
    """

    def __init__(
        self, title: str, make: Any, patience: float = _PATIENCE
    ) -> None:
        self._title, self._make, self._patience = title, make, patience
        self._waiting: queue.Queue = queue.Queue(_WAITING)
        self._thread: threading.Thread | None = None
        self._has_failed = False

    def begin(self, folder: str, settings: Mapping[str, Any]) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._send, daemon=True)
            self._thread.start()
        self._put("begin", folder, dict(settings))

    def row(
        self, folder: str, kind: str, step: int, values: Mapping[str, float]
    ) -> None:
        self._put("row", folder, kind, step, dict(values))

    def result(self, folder: str, values: Mapping[str, float]) -> None:
        self._put("result", folder, dict(values))

    def close(self, is_finished: bool) -> None:
        """Waits a while for what was not sent yet.

        Args:
            is_finished: whether the run has come to its end.
        """
        if self._thread is None:
            return
        self._put("end", is_finished)
        self._thread.join(self._patience)
        if self._thread.is_alive():
            self._warn(f"{self._waiting.qsize() + 1} messages were not sent")

    def _put(self, *message: Any) -> None:
        try:
            self._waiting.put_nowait(message)
        except queue.Full:
            self._warn("it is too slow, and some numbers were dropped")

    def _send(self) -> None:
        """Sends messages until the end of the run."""
        tracker, name = None, ""
        while name != "end":
            name, *values = self._waiting.get()
            try:
                tracker = tracker or self._make()
                getattr(tracker, name)(*values)
            except Exception as error:  # whatever a server or library does
                self._warn(f"{type(error).__name__}: {error}")

    def _warn(self, finding: str) -> None:
        if not self._has_failed:
            self._has_failed = True
            logging.warning(
                "%s did not receive all of the run (%.500s). The run goes on; "
                "metrics.jsonl in its folder has everything.",
                self._title,
                secrets.without_logins(finding),
            )

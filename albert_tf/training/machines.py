"""Several machines of one run: they begin alike, or none of them does.

A TPU's hosts are not among them: one process, with one command line, drives
them all.
"""

import contextlib
import hashlib
import json
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from albert_tf.training import distribution

_END = 0  # JSON has no such character
# Characters of a value that are sent; of a longer one its hash is.
_LONGEST = 200


@contextlib.contextmanager
def together(
    strategy: tf.distribute.Strategy,
) -> Iterator[dict[str, Any]]:
    """What is done inside succeeds on all machines, or ends on all of them.

    It must not wait for another machine. Yields a dict, into which goes what
    must be the same on all of them, as JSON values.

    Raises:
        ValueError: another machine stopped inside, or has other values; on
            each machine, with what stopped or differs. The one that stopped
            raises what it did.
    """
    values: dict[str, Any] = {}
    if not distribution.has_several_machines(strategy):
        yield values
        return
    error = None
    try:
        yield values
    except Exception as raised:
        error = raised
    told = _gather(
        strategy,
        {
            "machine": _name(strategy),
            "error": error and f"{error}"[:2000],
            "values": {name: _short(value) for name, value in values.items()},
        },
    )
    if error is not None:
        raise error
    for machine in told:
        if machine["error"] is not None:
            raise ValueError(
                "All machines must be able to begin. Received an error on "
                f"{machine['machine']}: {machine['error']}"
            )
    _check_same({machine["machine"]: machine["values"] for machine in told})


def check_same_start(
    strategy: tf.distribute.Strategy,
    step: int,
    weights: Mapping[str, keras.Variable],
) -> None:
    """Raises ValueError where machines start from another step or weights."""
    with together(strategy) as same:
        if distribution.has_several_machines(strategy):
            same["checkpoint's step (of --output_dir, a shared one)"] = step
            same["weights"] = _digest(weights)


def _check_same(values: dict[str, dict[str, str]]) -> None:
    """Raises ValueError naming each entry that differs.

    Args:
        values: of each machine, by its name.
    """
    differ = []
    for name in sorted({name for each in values.values() for name in each}):
        by_value: dict[str, list[str]] = {}
        for machine, each in values.items():
            by_value.setdefault(each.get(name, "nothing"), []).append(machine)
        if len(by_value) > 1:
            said = "; ".join(
                f"{value} on {', '.join(machines)}"
                for value, machines in by_value.items()
            )
            differ.append(f"{name}: {said}")
    if differ:
        raise ValueError(
            "All machines must run the same command, by the same versions, on "
            f"the same files. Received: {'. '.join(differ)}. Start them all "
            "again with the same flags."
        )


def _short(value: Any) -> str:
    text = json.dumps(value, sort_keys=True)
    if len(text) <= _LONGEST:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"{text[:40]}... (SHA-256 {digest[:16]})"


def _digest(weights: Mapping[str, keras.Variable]) -> str:
    digest = hashlib.sha256()
    for name, weight in weights.items():
        digest.update(name.encode())
        digest.update(keras.ops.convert_to_numpy(weight).tobytes())
    return digest.hexdigest()


def _gather(strategy, value: dict[str, Any]) -> list[dict[str, Any]]:
    """The values of all machines."""

    @tf.function
    def gather(codes):
        each = strategy.run(tf.identity, args=(codes,))
        return strategy.gather(each, axis=0)

    text = json.dumps(value).encode()
    codes = gather(tf.constant([*text, _END], tf.int32)).numpy()
    texts = bytes(codes.astype("uint8")).split(bytes([_END]))
    # Each replica of a machine tells the same.
    found = {text: json.loads(text) for text in texts if text}
    return list(found.values())


def _name(strategy) -> str:
    resolver = strategy.cluster_resolver
    return f"{resolver.task_type} {resolver.task_id}"

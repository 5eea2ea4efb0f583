"""Starts a run on several machines with the same settings, or on none.

This does not concern the hosts of a TPU: a single process drives them all.
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

_END = 0  # does not occur in JSON
# Of values longer than this, only the beginning and a hash are sent.
_LONGEST = 200


@contextlib.contextmanager
def together(
    strategy: tf.distribute.Strategy,
) -> Iterator[dict[str, Any]]:
    """Makes the code inside succeed on all machines or fail on all of them.

    Yields a dict for the values that must be the same on all machines, as JSON
    values. The code inside must not wait for another machine.

    Raises:
        ValueError: another machine failed, or has other values; raised on each
            machine. The one that failed raises its own exception.
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
                "All machines must be able to start. Received an error on "
                f"{machine['machine']}: {machine['error']}"
            )
    _check_same({machine["machine"]: machine["values"] for machine in told})


def check_same_start(
    strategy: tf.distribute.Strategy,
    step: int,
    weights: Mapping[str, keras.Variable],
) -> None:
    """Raises ValueError if machines start from different steps or weights."""
    with together(strategy) as same:
        if distribution.has_several_machines(strategy):
            same["checkpoint's step (in --output_dir, which is shared)"] = step
            same["weights"] = _digest(weights)


def _check_same(values: dict[str, dict[str, str]]) -> None:
    """Raises ValueError if any values differ.

    Args:
        values: the values of each machine, by its name.
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
            "All machines must run the same command, with the same versions, "
            f"on the same files. Received: {'. '.join(differ)}. Restart them "
            "all with the same flags."
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


def _gather(
    strategy: tf.distribute.Strategy, value: dict[str, Any]
) -> list[dict[str, Any]]:
    """Collects the values of all machines."""

    @tf.function
    def gather(codes):
        each = strategy.run(tf.identity, args=(codes,))
        return strategy.gather(each, axis=0)

    text = json.dumps(value).encode()
    codes = gather(tf.constant([*text, _END], tf.int32)).numpy()
    texts = bytes(codes.astype("uint8")).split(bytes([_END]))
    # All replicas of a machine send the same.
    found = {text: json.loads(text) for text in texts if text}
    return list(found.values())


def _name(strategy: tf.distribute.Strategy) -> str:
    resolver = strategy.cluster_resolver
    return f"{resolver.task_type} {resolver.task_id}"

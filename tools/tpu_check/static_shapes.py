"""Shapes that are not known before a program runs: no TPU compiles them."""

from collections.abc import Iterable

import tensorflow as tf

from tools.tpu_check import graphs


class DynamicShapeError(ValueError):
    """A program has shapes that depend on what it computes."""


def check(operations: Iterable[tf.Operation]) -> None:
    """Raises DynamicShapeError, which names the operations, if there are any.

    Args:
        operations: a program; the functions that they call are looked at too.
    """
    found = list(_dynamic(operations))
    if found:
        raise DynamicShapeError(
            "Every shape of a step must be known before the step runs. "
            "Received: "
            f"{'; '.join(found[:5])}{' and others' if found[5:] else ''}."
        )


def _dynamic(operations):
    for operation in operations:
        for tensor in operation.outputs:
            known = tensor.shape.is_fully_defined()
            if not known and tensor.dtype != tf.resource:
                yield (
                    f"{operation.type} of shape {tensor.shape}, at "
                    f"{operation.name}"
                )
        for graph in graphs.functions(operation):
            # Arguments have the shapes of what is passed, which is looked at
            # where it is made.
            yield from _dynamic(
                inner
                for inner in graph.get_operations()
                if inner.type != "Placeholder"
            )

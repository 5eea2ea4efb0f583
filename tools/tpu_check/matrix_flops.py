"""Floating-point operations of a program's matrix products."""

import math
from collections.abc import Iterable

import tensorflow as tf

from tools.tpu_check import graphs

_PRODUCTS = {
    # The attribute that says whether the first matrix is transposed.
    "MatMul": "transpose_a",
    "BatchMatMulV2": "adj_x",
}


def count(operations: Iterable[tf.Operation]) -> int:
    """Two for each multiplication, with every round of a loop.

    The compiler counts all that is left after its optimizations, element-wise
    work too, but the body of a loop once.

    Args:
        operations: a program; the functions that they call are counted too.
    """
    total = 0
    for operation in operations:
        if operation.type in _PRODUCTS:
            total += _product(operation)
        rounds = _rounds(operation)
        for graph in graphs.functions(operation):
            total += rounds * count(graph.get_operations())
    return total


def _product(operation) -> int:
    first = operation.inputs[0].shape
    summed = -2 if operation.get_attr(_PRODUCTS[operation.type]) else -1
    return 2 * first[summed] * math.prod(operation.outputs[0].shape)


def _rounds(operation) -> int:
    if operation.type not in ("While", "StatelessWhile"):
        return 1
    # tf.while_loop goes around with a counter, then `maximum_iterations`; our
    # loops always make as many.
    return int(tf.get_static_value(operation.inputs[1]))

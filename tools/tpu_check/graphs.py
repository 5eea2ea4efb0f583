"""The graphs of functions that operations call."""

from collections.abc import Iterator

import tensorflow as tf


def function(operation: tf.Operation, attribute: str):
    """The graph of the function that an attribute names."""
    return _graph(operation, operation.get_attr(attribute).name)


def functions(operation: tf.Operation) -> Iterator:
    """The graphs of all functions that an operation calls."""
    for value in operation.node_def.attr.values():
        named = [value.func] if value.HasField("func") else value.list.func
        for called in named:
            yield _graph(operation, called.name)


def _graph(operation, name: str):
    graph = operation.graph
    # A function is known to the graph that calls it or to one around that.
    while not graph._is_function(name):
        graph = graph.outer_graph
    return graph._get_function(name).graph

"""A traced program over variables as one over tensors.

TensorFlow lowers a program for a platform that is not there, but only one
without resources ("GetCompilerIr does not support resource arguments when
device is null"). A traced graph lists its operations in the order in which
Python made them, in which variables are read and assigned as Python would. So
they are made once more in that order, with a table of the variables' values:
reading takes from it, assigning changes it, and a loop carries the values of
the variables that it uses around.
"""

import dataclasses
from collections.abc import Iterable

import tensorflow as tf

from tools.tpu_check import graphs

_CALLS = ("PartitionedCall", "StatefulPartitionedCall")
_LOOPS = ("While", "StatelessWhile")


class UnsupportedError(ValueError):
    """An operation on a variable, or one with functions, not known here."""


@dataclasses.dataclass(frozen=True)
class Handle:
    """Stands for a variable where a graph has its resource tensor."""

    key: str


class Replay:
    """Makes operations again in the graph that is being traced.

    Args:
        values: the variables' values by key; `run` keeps them up to date.
    """

    def __init__(self, values: dict[str, tf.Tensor]):
        self.values = dict(values)

    def run(
        self,
        operations: Iterable[tf.Operation],
        made: dict[str, tf.Tensor | Handle],
    ) -> dict[str, tf.Tensor | Handle]:
        """Makes the operations.

        Args:
            operations: as their graph lists them.
            made: what stands for tensors of their graph so far, by name.
        Returns:
            `made` and what stands for the operations' outputs.
        """
        made = dict(made)
        for operation in _in_order(operations):
            if operation.type in ("Placeholder", "NoOp"):
                continue  # an argument, made already; or order only
            inputs = [made[tensor.name] for tensor in operation.inputs]
            outputs = self._make(operation, inputs)
            for tensor, output in zip(operation.outputs, outputs, strict=True):
                made[tensor.name] = output
        return made

    def _make(self, operation, inputs) -> list:
        kind = operation.type
        if kind in _CALLS:
            graph = graphs.function(operation, "f")
            return self._call(graph, inputs)
        if kind in _LOOPS:
            return self._loop(operation, inputs)
        if any(isinstance(value, Handle) for value in inputs):
            return self._on_variable(operation, *inputs)
        return _copy(operation, inputs)

    def _on_variable(self, operation, handle, *inputs) -> list:
        value = self.values[handle.key]
        match operation.type:
            case "Identity":
                return [handle]
            case "ReadVariableOp":
                return [tf.identity(value)]
            case "VariableShape":
                dtype = operation.get_attr("out_type")
                return [tf.constant(value.shape.as_list(), dtype)]
            case "ResourceGather":
                batch_dims = operation.get_attr("batch_dims")
                return [tf.gather(value, *inputs, batch_dims=batch_dims)]
            case "AssignVariableOp":
                (value,) = inputs
            case "AssignAddVariableOp":
                value = value + inputs[0]
            case "AssignSubVariableOp":
                value = value - inputs[0]
            case _:
                raise UnsupportedError(
                    "Operations on variables must be among those that "
                    "tools/tpu_check/functional.py knows. Received: "
                    f"{operation.type}, at {operation.name}."
                )
        self.values[handle.key] = value
        return []

    def _call(self, graph, inputs) -> list:
        """The function's operations in place of the call."""
        made = self.run(
            graph.get_operations(),
            {
                argument.name: value
                for argument, value in zip(graph.inputs, inputs, strict=True)
            },
        )
        return [made[tensor.name] for tensor in graph.outputs]

    def _loop(self, operation, inputs) -> list:
        """The loop, around whose body go values where variables went."""
        start = [self._value(given) for given in inputs]
        specs = [tf.TensorSpec(value.shape, value.dtype) for value in start]

        def traced(name):
            graph = graphs.function(operation, name)

            def function(*values):
                inner = Replay(
                    {
                        given.key: value
                        for given, value in zip(inputs, values, strict=True)
                        if isinstance(given, Handle)
                    }
                )
                arguments = [
                    given if isinstance(given, Handle) else value
                    for given, value in zip(inputs, values, strict=True)
                ]
                return [
                    inner._value(output)
                    for output in inner._call(graph, arguments)
                ]

            return tf.function(function, autograph=False).get_concrete_function(
                *specs
            )

        condition, body = traced("cond"), traced("body")
        outputs = tf.raw_ops.While(
            input=start,
            cond=condition,
            body=body,
            output_shapes=[spec.shape for spec in specs],
            parallel_iterations=operation.get_attr("parallel_iterations"),
        )
        for given, output in zip(inputs, outputs, strict=True):
            if isinstance(given, Handle):
                self.values[given.key] = output
        return [
            given if isinstance(given, Handle) else output
            for given, output in zip(inputs, outputs, strict=True)
        ]

    def _value(self, given) -> tf.Tensor:
        return self.values[given.key] if isinstance(given, Handle) else given


def _in_order(operations) -> list[tf.Operation]:
    """The same operations, each after those that make its inputs.

    They are listed so, but for loops: taking the gradient of one gives it more
    inputs, the lists of what is kept for the gradient.
    """
    waiting = {operation.name: operation for operation in operations}
    ordered = []

    def take(operation):
        if waiting.pop(operation.name, None) is None:
            return
        for tensor in operation.inputs:
            take(tensor.op)
        ordered.append(operation)

    for operation in list(waiting.values()):
        take(operation)
    return ordered


def _copy(operation, inputs) -> list[tf.Tensor]:
    attributes = {}
    for name, value in operation.node_def.attr.items():
        if value.HasField("func") or value.list.func:
            raise UnsupportedError(
                "Operations with functions must be among those that "
                "tools/tpu_check/functional.py knows. Received: "
                f"{operation.type}, at {operation.name}."
            )
        # Which part of which TPU it is of; and what is computed again.
        if not name.startswith(("_tpu", "_output_shapes")):
            attributes[name] = value
    copy = tf.compat.v1.get_default_graph().create_op(
        operation.type,
        inputs,
        [tensor.dtype for tensor in operation.outputs],
        name=operation.name,
        attrs=attributes,
        op_def=operation.op_def,
    )
    for tensor, original in zip(copy.outputs, operation.outputs, strict=True):
        tensor.set_shape(original.shape)
    return copy.outputs

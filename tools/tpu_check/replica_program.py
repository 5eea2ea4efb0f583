"""What one replica runs, over tensors in place of variables.

Under TPUStrategy the operations of a replica carry the mark `_tpu_replicate`;
what differs between replicas, their variables included, enters by
TPUReplicatedInput and leaves by TPUReplicatedOutput. On a TPU host TensorFlow
cuts out the same part and hands it to the compiler.
"""

import dataclasses
from collections.abc import Callable

import tensorflow as tf
from tensorflow.python.ops import handle_data_util

from tools.tpu_check import functional

_MARK = "_tpu_replicate"
_NOT_COMPUTED = ("TPUReplicateMetadata", "TPUCompilationResult")


@dataclasses.dataclass(frozen=True)
class Program:
    """A replica's program.

    function: of the inputs and then the variables' values; returns the outputs
        and then the variables' new values.
    specs: of all its arguments.
    inputs, outputs: how many of the arguments and results are not variables.
    variables: the resource tensors of the others.
    """

    function: Callable
    specs: list[tf.TensorSpec]
    inputs: int
    outputs: int
    variables: list[tf.Tensor]

    @property
    def donated(self) -> dict[int, int]:
        """Arguments whose memory a result takes over: the variables."""
        return {
            self.inputs + index: self.outputs + index
            for index in range(len(self.variables))
        }


def operations(graph: tf.Graph) -> list[tf.Operation]:
    """The operations of a replica in a graph traced under TPUStrategy."""
    return [
        operation
        for operation in graph.get_operations()
        if _MARK in operation.node_def.attr
        and operation.type not in _NOT_COMPUTED
    ]


def cut_out(traced) -> Program:
    """The program of one replica; that of all differs in its inputs only.

    Args:
        traced: a concrete function that calls `TPUStrategy.run` once.
    """
    entries, exits = (
        [
            operation
            for operation in traced.graph.get_operations()
            if operation.type == kind
        ]
        for kind in ("TPUReplicatedInput", "TPUReplicatedOutput")
    )
    entries = [operation.outputs[0] for operation in entries]
    variables = [entry for entry in entries if entry.dtype == tf.resource]
    inputs = [entry for entry in entries if entry.dtype != tf.resource]
    results = [operation.inputs[0].name for operation in exits]
    program = operations(traced.graph)
    outside = {
        inside.name: captured for captured, inside in traced.graph.captures
    }

    @tf.function(jit_compile=True, autograph=False)
    def function(*arguments):
        values = {
            entry.name: value
            for entry, value in zip(
                variables, arguments[len(inputs) :], strict=True
            )
        }
        made = {name: functional.Handle(name) for name in values}
        made |= {
            entry.name: value
            for entry, value in zip(inputs, arguments, strict=False)
        }
        replay = functional.Replay(values)
        made = replay.run(program, made)
        return [made[name] for name in results] + list(replay.values.values())

    return Program(
        function,
        [tf.TensorSpec(entry.shape, entry.dtype) for entry in inputs]
        + [_variable_spec(entry) for entry in variables],
        inputs=len(inputs),
        outputs=len(results),
        variables=[outside[entry.op.inputs[0].name] for entry in variables],
    )


def _variable_spec(entry: tf.Tensor) -> tf.TensorSpec:
    """Shape and dtype of the variable that a TPUReplicatedInput passes on."""
    data = handle_data_util.get_resource_handle_data(entry.op.inputs[0])
    (variable,) = data.shape_and_type
    return tf.TensorSpec(variable.shape, tf.dtypes.as_dtype(variable.dtype))

"""ONNX: a model of ids for ONNX Runtime and other runtimes."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from albert_tf.exporting import ids_function

# The newest that tf2onnx 1.17 writes. ONNX Runtime reads it since version 1.14
# (February 2023).
OPSET = 18

# Names of axes, by the rank of ids, and of the axes of mask_positions.
_AXES = {2: ("batch", "length"), 3: ("batch", "choices", "length")}
_MASK_AXES = ("batch", "masks")


def convert(model: keras.Model) -> bytes:
    """Returns the content of an .onnx file, in float32, for any lengths.

    Inputs and outputs have the names that ids_function.IdsFunction gives them.

    Args:
        model: any model of this package with a head.
    Raises:
        ImportError: tf2onnx is not installed.
    """
    try:
        import tf2onnx
    except ImportError:
        raise _missing("Writing ONNX needs tf2onnx.") from None
    module = ids_function.IdsFunction(model)
    proto, _ = tf2onnx.convert.from_function(
        module.function,
        input_signature=[module.inputs],
        opset=OPSET,
        custom_op_handlers={"Erfc": (_erfc, [])},
    )
    _name_axes(proto.graph, module.inputs)
    return proto.SerializeToString()


def _erfc(context, node, name, arguments):
    """Converts Erfc, of the exact GELU, to 1 - Erf for tf2onnx 1.17."""
    x, outputs = node.input[0], node.output
    shapes, dtypes = node.output_shapes, node.output_dtypes
    context.remove_node(name)
    erf = context.make_node("Erf", [x], shapes=shapes, dtypes=dtypes)
    one = context.make_const(f"{name}/one", np.float32(1))
    context.make_node(
        "Sub",
        [one.output[0], erf.output[0]],
        outputs=outputs,
        shapes=shapes,
        dtypes=dtypes,
    )


def _name_axes(graph: Any, inputs: dict[str, tf.TensorSpec]) -> None:
    """Gives axes readable names; for outputs, only the batch axis."""
    for value in graph.input:
        axes = _AXES[inputs[value.name].shape.rank]
        if value.name == "mask_positions":
            axes = _MASK_AXES
        for axis, name in zip(
            value.type.tensor_type.shape.dim, axes, strict=True
        ):
            axis.dim_param = name
    for value in graph.output:
        batch, *others = value.type.tensor_type.shape.dim
        batch.dim_param = "batch"
        for axis in others:
            if axis.dim_param:
                axis.Clear()


def runner(
    path_or_content: str | bytes, num_threads: int = 0
) -> ids_function.Runner:
    """Returns a function that runs an .onnx file on the CPU.

    Args:
        path_or_content: path of the file, or its content.
        num_threads: number of threads; 0 means one per core.
    Raises:
        ImportError: onnxruntime is not installed.
    """
    try:
        import onnxruntime
    except ImportError:
        raise _missing("Running ONNX needs onnxruntime.") from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = num_threads
    session = onnxruntime.InferenceSession(
        path_or_content, options, providers=["CPUExecutionProvider"]
    )
    inputs = [value.name for value in session.get_inputs()]
    outputs = [value.name for value in session.get_outputs()]

    def run(batch):
        values = session.run(
            outputs,
            {name: np.asarray(batch[name], np.int32) for name in inputs},
        )
        return dict(zip(outputs, values, strict=True))

    return run


def _missing(rule: str) -> ImportError:
    return ImportError(f"{rule} Install it with: pip install 'albert_tf[onnx]'")

"""ONNX: a model of ids for ONNX Runtime and other runtimes.

Quantizations:

    float32       no quantization
    int8          8-bit weights and activations of products with weights, by
                  ranges that are measured on sample batches
    dynamic_int8  8-bit weights; activations are quantized to 8 bits for each
                  product with weights, by their range in that product
"""

import contextlib
import logging
import os
import tempfile
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from albert_tf.exporting import calibration
from albert_tf.exporting import ids_function

# The newest that tf2onnx 1.17 writes. ONNX Runtime reads it since version 1.14
# (February 2023).
OPSET = 18

QUANTIZATIONS = ("float32", "int8", "dynamic_int8")

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


def quantize(
    content: bytes,
    quantization: str,
    samples: Iterable[dict[str, np.ndarray]] = (),
) -> bytes:
    """Returns the content of an .onnx file with 8-bit products.

    Only products with weights are quantized, so that the large negative numbers
    at padding are not.

    Args:
        content: the content of a float32 file, from `convert`.
        quantization: int8 or dynamic_int8.
        samples: batches of representative data, for int8.
    Raises:
        ImportError: onnxruntime is not installed.
        ValueError: int8 without samples.
    """
    try:
        from onnxruntime import quantization as quantizing
    except ImportError:
        raise _missing("Quantizing ONNX needs onnxruntime.") from None
    # A column of weights has a scale of its own.
    options: dict[str, Any] = {
        "op_types_to_quantize": ["MatMul"],
        "weight_type": quantizing.QuantType.QInt8,
        "per_channel": True,
        "extra_options": {"MatMulConstBOnly": True},
    }
    with _quantizing(content) as (original, quantized):
        if quantization == "dynamic_int8":
            quantizing.quantize_dynamic(original, quantized, **options)
        else:
            quantizing.quantize_static(
                original,
                quantized,
                _Samples(samples, _input_names(original)),
                activation_type=quantizing.QuantType.QUInt8,
                **options,
            )
        with open(quantized, "rb") as file:
            return file.read()


@contextlib.contextmanager
def _quantizing(content: bytes) -> Iterator[tuple[str, str]]:
    """The paths of the file to quantize and of the result, while open."""
    # ONNX Runtime's advice on models, for each file, through the root logger.
    logging.disable(logging.WARNING)
    try:
        with tempfile.TemporaryDirectory() as folder:
            original = os.path.join(folder, "float32.onnx")
            with open(original, "wb") as file:
                file.write(content)
            yield original, os.path.join(folder, "quantized.onnx")
    finally:
        logging.disable(logging.NOTSET)


class _Samples:
    """Sample batches, as ONNX Runtime reads them."""

    def __init__(
        self, samples: Iterable[dict[str, np.ndarray]], names: list[str]
    ) -> None:
        batches = calibration.batches(samples, names, "dynamic_int8")
        self._left = iter(batches)

    def get_next(self):
        return next(self._left, None)


def _input_names(path: str) -> list[str]:
    import onnx

    return [value.name for value in onnx.load_model(path).graph.input]


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

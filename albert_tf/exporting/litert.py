"""LiteRT (TensorFlow Lite): a model of ids for phones and embedded devices.

The models do not need TensorFlow's own operations ("Flex"). Quantizations:

    float32       no quantization
    dynamic_int8  8-bit weights; activations are quantized to 8 bits for each
                  matrix product, by their range in that product
    int8          8-bit weights and activations, by ranges that are measured on
                  sample batches; ids and outputs are not quantized
"""

from collections.abc import Iterable

import keras
import numpy as np
import tensorflow as tf

from albert_tf.exporting import calibration
from albert_tf.exporting import ids_function

QUANTIZATIONS = ("float32", "dynamic_int8", "int8")

# Added to masked attention scores in int8; its 256 steps must span all scores.
# With -10000 a step is 39, so all scores become equal, and SST-2 accuracy falls
# from 80.4% to 53.0%. With -20 to -100 it is 79.4% to 79.8%; exp(-40) is 4e-18.
_MASKED_INT8 = -40.0


def convert(
    model: keras.Model,
    quantization: str = "float32",
    *,
    batch_size: int | None = 1,
    max_seq_length: int | None = None,
    num_choices: int | None = None,
    num_masks: int | None = None,
    samples: Iterable[dict[str, np.ndarray]] = (),
) -> bytes:
    """Returns the content of a .tflite file.

    It has one signature, serving_default, with the named inputs and outputs of
    ids_function.IdsFunction. Signature runners resize variable lengths to those
    of each call; other callers must resize the input tensors.

    Args:
        model: any model of this package with a head.
        quantization: one of QUANTIZATIONS.
        batch_size, max_seq_length, num_choices, num_masks: as in IdsFunction.
        samples: batches of representative data with the lengths above, for
            int8.
    Raises:
        ValueError: the quantization is unknown, or int8 without samples.
    """
    if quantization not in QUANTIZATIONS:
        raise ValueError(
            f"The quantization must be one of {', '.join(QUANTIZATIONS)}. "
            f"Received: {quantization!r}."
        )
    is_int8 = quantization == "int8"
    module = ids_function.IdsFunction(
        model,
        batch_size,
        max_seq_length,
        num_choices=num_choices,
        num_masks=num_masks,
        masked=_MASKED_INT8 if is_int8 else None,
    )
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [module.function.get_concrete_function()], module
    )
    if quantization != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if is_int8:
        batches = calibration.batches(
            samples, list(module.inputs), "dynamic_int8"
        )
        converter.representative_dataset = lambda: iter(batches)
        converter.target_spec.supported_ops = [
            tf.lite.OpsSet.TFLITE_BUILTINS_INT8
        ]
    return converter.convert()


def runner(
    path_or_content: str | bytes, num_threads: int | None = None
) -> ids_function.Runner:
    """Returns a function that runs a .tflite file.

    Args:
        path_or_content: path of the file, or its content.
        num_threads: number of threads; None leaves it to LiteRT.
    Raises:
        ImportError: ai-edge-litert is not installed.
    """
    try:
        from ai_edge_litert import interpreter as litert
    except ImportError:
        raise ImportError(
            "Running a LiteRT model needs ai-edge-litert. Install it with: pip "
            "install 'albert_tf[litert]'"
        ) from None
    is_path = isinstance(path_or_content, str)
    interpreter = litert.Interpreter(
        **{"model_path" if is_path else "model_content": path_or_content},
        num_threads=num_threads,
    )
    signature = interpreter.get_signature_runner()
    names = list(signature.get_input_details())

    def run(batch):
        return signature(
            **{name: np.asarray(batch[name], np.int32) for name in names}
        )

    return run

"""LiteRT (TensorFlow Lite): a model of ids for phones and small machines.

No operation of TensorFlow itself ("Flex") is needed. The quantizations:

    float32       as the model
    dynamic_int8  weights of 8 bits; activations are rounded to 8 bits for each
                  product, by the range that they have just then
    int8          everything of 8 bits but ids and outputs, by ranges that were
                  measured on sample batches
"""

from collections.abc import Iterable

import keras
import numpy as np
import tensorflow as tf

from albert_tf.exporting import ids_function

QUANTIZATIONS = ("float32", "dynamic_int8", "int8")

# For int8, whose 256 steps must span attention's scores and what masks them.
# With -10000 a step is 39 and all scores become one: SST-2 falls from 80.4% to
# 53.0%. With -20 to -100 it is 79.4 to 79.8%; exp(-40) is 4e-18.
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
    """The content of a .tflite file.

    It has one signature, serving_default, of the inputs and outputs of
    ids_function.IdsFunction by name. Free lengths are resized to those of each
    call by signature runners; elsewhere by resizing the input tensors.

    Args:
        model: any of ours with a head.
        quantization: one of QUANTIZATIONS.
        batch_size, max_seq_length, num_choices, num_masks: as of IdsFunction.
        samples: of int8, batches like those to come, of the lengths above.
    Raises:
        ValueError: an unknown quantization, or int8 without samples.
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
        batches = [
            {name: np.asarray(b[name], np.int32) for name in module.inputs}
            for b in samples
        ]
        if not batches:
            raise ValueError(
                "int8 must be given sample batches to measure the range of "
                "each activation. Received: none. Pass some of the data that "
                "the model is for, or use dynamic_int8, which needs none."
            )
        converter.representative_dataset = lambda: iter(batches)
        converter.target_spec.supported_ops = [
            tf.lite.OpsSet.TFLITE_BUILTINS_INT8
        ]
    return converter.convert()


def runner(
    path_or_content: str | bytes, num_threads: int | None = None
) -> ids_function.Runner:
    """A function that runs a .tflite file, at any lengths that it takes.

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

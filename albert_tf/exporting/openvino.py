"""OpenVINO: a model of ids for Intel's and other processors.

Quantizations:

    float32   no quantization
    bfloat16  weights are stored in 16 bits; OpenVINO computes in bfloat16 on
              processors that have it, and in float32 on others
    int8      8-bit weights and inputs of matrix products, by ranges that NNCF
              measures on sample batches; OpenVINO computes the rest as for
              bfloat16
"""

import contextlib
import logging
import os
import sys
from collections.abc import Iterable
from typing import Any

import keras
import numpy as np

from albert_tf.exporting import calibration
from albert_tf.exporting import ids_function

QUANTIZATIONS = ("float32", "bfloat16", "int8")


def convert(
    model: keras.Model,
    quantization: str = "float32",
    *,
    samples: Iterable[dict[str, np.ndarray]] = (),
) -> Any:
    """Returns an openvino.Model for any batch size and any lengths.

    Inputs and outputs have the names that ids_function.IdsFunction gives them.

    Args:
        model: any model of this package with a head.
        quantization: one of QUANTIZATIONS.
        samples: batches of representative data, for int8.
    Raises:
        ImportError: openvino is not installed, or for int8 nncf.
        ValueError: the quantization is unknown, or int8 without samples.
    """
    if quantization not in QUANTIZATIONS:
        raise ValueError(
            f"The quantization must be one of {', '.join(QUANTIZATIONS)}. "
            f"Received: {quantization!r}."
        )
    module = ids_function.IdsFunction(model)
    converted = _openvino().convert_model(
        module.function.get_concrete_function()
    )
    for place in converted.inputs:
        # TensorFlow's names of tensors end in ":0".
        name = place.get_any_name().partition(":")[0]
        place.get_tensor().set_names({name})
    for place in converted.outputs:
        # Names of operations stand beside the name of an output.
        names = place.get_names()
        place.get_tensor().set_names({n for n in names if ":" not in n})
    if quantization != "int8":
        return converted
    names = [place.get_any_name() for place in converted.inputs]
    batches = calibration.batches(samples, names, "bfloat16")
    return _int8(converted, batches)


def _int8(model: Any, batches: list[dict[str, np.ndarray]]) -> Any:
    """Quantizes a converted model.

    NNCF's SmoothQuant is turned off. It scales the weights of each layer in a
    different way, so that layers no longer share them: the file of a base model
    has 90 MB with it and 12 MB without, and logits changed more (0.032, against
    0.007).
    """
    try:
        import nncf
    except ImportError:
        raise _missing("Quantizing for OpenVINO needs nncf.") from None
    logging.getLogger("nncf").setLevel(logging.ERROR)
    parameters = nncf.AdvancedQuantizationParameters(
        smooth_quant_alphas=nncf.AdvancedSmoothQuantParameters(matmul=-1)
    )
    # NNCF shows its progress on stdout, which is for results.
    with contextlib.redirect_stdout(sys.stderr):
        return nncf.quantize(
            model,
            nncf.Dataset(batches),
            model_type=nncf.ModelType.TRANSFORMER,
            subset_size=len(batches),
            advanced_parameters=parameters,
        )


def save(model: Any, path: str, quantization: str) -> None:
    """Writes a converted model as an .xml file, and the weights beside it as
    .bin.

    Args:
        model: the model, from `convert`.
        path: path of the .xml file.
        quantization: the one that the model was converted with.
    """
    os.makedirs(os.path.dirname(path), exist_ok=True)
    _openvino().save_model(
        model, path, compress_to_fp16=quantization == "bfloat16"
    )


def runner(
    path: str, quantization: str, num_threads: int = 0
) -> ids_function.Runner:
    """Returns a function that runs an .xml file on the CPU.

    Args:
        path: path of the file, or an openvino.Model.
        quantization: the one that the model was converted with.
        num_threads: number of threads; 0 leaves it to OpenVINO.
    Raises:
        ImportError: openvino is not installed.
    """
    settings: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY"}
    if quantization == "float32":
        # The default is bfloat16 on processors that have it.
        settings["INFERENCE_PRECISION_HINT"] = "f32"
    if num_threads:
        settings["INFERENCE_NUM_THREADS"] = num_threads
    compiled = _openvino().Core().compile_model(path, "CPU", settings)
    inputs = [place.get_any_name() for place in compiled.inputs]
    outputs = [place.get_any_name() for place in compiled.outputs]
    request = compiled.create_infer_request()

    def run(batch):
        found = request.infer(
            {name: np.asarray(batch[name], np.int32) for name in inputs}
        )
        return {name: found[name] for name in outputs}

    return run


def _openvino() -> Any:
    try:
        import openvino
    except ImportError:
        raise _missing("OpenVINO's format needs openvino.") from None
    return openvino


def _missing(rule: str) -> ImportError:
    return ImportError(
        f"{rule} Install it with: pip install 'albert_tf[openvino]'"
    )

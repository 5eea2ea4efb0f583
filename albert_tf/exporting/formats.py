"""Writes a model in all formats but SavedModel, and makes their runners."""

import os
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any
from typing import NamedTuple

import keras
import numpy as np

from albert_tf.exporting import ids_function
from albert_tf.exporting import litert
from albert_tf.exporting import onnx
from albert_tf.exporting import openvino

# Maps the length of rows, or None for the lengths that they have, to batches of
# one row.
Samples = Callable[[Any], Iterable[dict[str, np.ndarray]]]


class Written(NamedTuple):
    """An exported model.

    Attributes:
        name: name of the format, such as litert/int8.
        path: its file or folder.
        runner: runs it.
        fixed: length of the rows that it takes; None if any.
        takes_one: whether it takes one row at a time.
    """

    name: str
    path: str
    runner: ids_function.Runner
    fixed: int | None = None
    takes_one: bool = False


def write_onnx(
    model: keras.Model,
    folder: str,
    quantizations: Iterable[str],
    samples: Samples,
) -> list[Written]:
    """Writes onnx/<quantization>.onnx, for any batch size and any lengths.

    Args:
        model: any model of this package with a head.
        folder: the export's folder.
        quantizations: some of onnx.QUANTIZATIONS.
        samples: as in Samples, for int8.
    """
    found = []
    original = onnx.convert(model)
    for quantization in quantizations:
        content = original
        if quantization != "float32":
            content = onnx.quantize(
                original,
                quantization,
                samples(None) if quantization == "int8" else (),
            )
        path = os.path.join(folder, "onnx", f"{quantization}.onnx")
        _write(path, content)
        runner = onnx.runner(path)
        found.append(Written(f"onnx/{quantization}", path, runner))
    return found


def write_openvino(
    model: keras.Model,
    folder: str,
    quantizations: Iterable[str],
    samples: Samples,
) -> list[Written]:
    """Writes openvino/<quantization>.xml and .bin, for any batch size and any
    lengths.

    Args:
        model: any model of this package with a head.
        folder: the export's folder.
        quantizations: some of openvino.QUANTIZATIONS.
        samples: as in Samples, for int8.
    """
    found = []
    for quantization in quantizations:
        converted = openvino.convert(
            model,
            quantization,
            samples=samples(None) if quantization == "int8" else (),
        )
        path = os.path.join(folder, "openvino", f"{quantization}.xml")
        openvino.save(converted, path, quantization)
        runner = openvino.runner(path, quantization)
        found.append(Written(f"openvino/{quantization}", path, runner))
    return found


def write_litert(
    model: keras.Model,
    folder: str,
    quantizations: Iterable[str],
    *,
    max_seq_length: int,
    fixed_length: bool,
    num_choices: int | None,
    samples: Samples,
) -> list[Written]:
    """Writes litert/<quantization>.tflite, each for one row at a time.

    Rows may have any length, unless `fixed_length` is set. int8 always has a
    fixed length, since the ranges of its activations are measured at one.

    Args:
        model: any model of this package with a head.
        folder: the export's folder.
        quantizations: some of litert.QUANTIZATIONS.
        max_seq_length: the fixed length.
        fixed_length: whether all quantizations have a fixed length.
        num_choices: number of choices, fixed, for multiple choice; else None.
        samples: as in Samples, for int8.
    """
    found = []
    for quantization in quantizations:
        is_fixed = fixed_length or quantization == "int8"
        fixed = max_seq_length if is_fixed else None
        content = litert.convert(
            model,
            quantization,
            max_seq_length=fixed,
            num_choices=num_choices,
            samples=samples(fixed) if quantization == "int8" else (),
        )
        path = os.path.join(folder, "litert", f"{quantization}.tflite")
        _write(path, content)
        runner = litert.runner(path)
        name = f"litert/{quantization}"
        found.append(Written(name, path, runner, fixed, takes_one=True))
    return found


def runner(folder: str, name: str) -> ids_function.Runner:
    """Returns a function that runs a form of an export that reads ids.

    Args:
        folder: the export's folder.
        name: name of the form, such as openvino/int8.
    Raises:
        ImportError: the form's library is not installed.
    """
    name, _, quantization = name.partition("/")
    path = os.path.join(folder, name, quantization)
    if name == "openvino":
        return openvino.runner(f"{path}.xml", quantization)
    if name == "onnx":
        return onnx.runner(f"{path}.onnx")
    return litert.runner(f"{path}.tflite")


def size(path: str) -> int:
    """Size in bytes of a file, or of all files in a folder."""
    if os.path.isfile(path):
        return os.path.getsize(path)
    return sum(
        os.path.getsize(os.path.join(place, name))
        for place, _, names in os.walk(path)
        for name in names
    )


def _write(path: str, content: bytes) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)

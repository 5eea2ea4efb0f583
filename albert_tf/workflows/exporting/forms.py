"""Writes the executable forms of an export: SavedModel, LiteRT, ONNX and
OpenVINO."""

import contextlib
import os
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import keras

from albert_tf import exits
from albert_tf.compression import weight_bfloat16
from albert_tf.compression import weight_int8
from albert_tf.exporting import formats
from albert_tf.exporting import samples
from albert_tf.exporting import savedmodel
from albert_tf.workflows.configs import export as export_config
from albert_tf.workflows.exporting import trained as trained_lib
from data_pipeline.answers import answer_modules
from data_pipeline.tasks.data import from_config

# By format, a function from the model to the model to save and options of
# `savedmodel.save`.
SAVED_MODELS: dict[str, Callable[[keras.Model], tuple[Any, dict[str, Any]]]] = {
    "savedmodel": lambda model: (model, {}),
    "savedmodel_int8": lambda model: (
        model,
        {"int8": weight_int8.Int8Weights(model)},
    ),
    "savedmodel_bfloat16": lambda model: (
        weight_bfloat16.model_of(model),
        {"constant": True},
    ),
}


def write(
    config: export_config.ExportConfig,
    trained: trained_lib.Trained,
    sample: samples.Sample,
    folder: str,
) -> tuple[list[formats.Written], dict[str, Any]]:
    """Writes the executable forms of a model, such as SavedModel and ONNX.

    Args:
        config: the export's settings, with the formats.
        trained: the model.
        sample: the sample that the forms are compared on.
        folder: the folder of the export.
    Returns:
        The forms, and the signatures of the SavedModel by name.
    """
    model, tokenizer = trained.model, trained.tokenizer
    tasks = answer_modules.make(
        trained.row,
        tokenizer,
        max_seq_length=trained.max_seq_length,
        **from_config.answer_options(config),
    )
    signatures: dict[str, Any] = {}
    written = []
    for name, numbers in SAVED_MODELS.items():
        if name not in config.formats:
            continue
        place = folder
        if name != "savedmodel":
            place = os.path.join(folder, name)
        saved, options = numbers(model)
        with _leaving_early(config, saved, trained):
            found = savedmodel.save(
                saved, tasks, tokenizer.pieces, place, **options
            )
        if name == "savedmodel":
            signatures = found
        written.append(formats.Written(name, place, savedmodel.runner(place)))
    if "onnx" in config.formats:
        written += formats.write_onnx(
            model, folder, config.onnx_quantizations, sample.calibration
        )
    if "openvino" in config.formats:
        written += formats.write_openvino(
            model, folder, config.openvino_quantizations, sample.calibration
        )
    if "litert" in config.formats:
        written += formats.write_litert(
            model,
            folder,
            config.litert_quantizations,
            max_seq_length=sample.max_seq_length,
            fixed_length=config.litert_fixed_length,
            num_choices=sample.num_choices,
            samples=sample.calibration,
        )
    return written, signatures


@contextlib.contextmanager
def _leaving_early(
    config: export_config.ExportConfig,
    model: keras.Model,
    trained: trained_lib.Trained,
) -> Iterator[None]:
    """Lets texts exit early in a SavedModel; other forms always run all layers.

    Raises:
        ValueError: the model has no classifier at every layer.
    """
    if config.exit_patience is None:
        yield
        return
    task = trained.task or trained.row["kind"]
    threshold = config.exit_threshold
    exits.leave_early(model, config.exit_patience, threshold, task)
    yield
    exits.leave_early(model, None, threshold, task)

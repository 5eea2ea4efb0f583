"""Writes the model card of an export."""

import os
import platform
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from albert_tf.exporting import fingerprints
from albert_tf.exporting import formats
from albert_tf.exporting import gate
from albert_tf.exporting import ids_function
from albert_tf.exporting import latency
from albert_tf.exporting.card import card as model_card
from albert_tf.exporting.card import facts as facts_lib
from albert_tf.exporting.card import run as card_run
from albert_tf.runs import run_checkpoint
from albert_tf.workflows.configs import export as export_config
from albert_tf.workflows.exporting import trained as trained_lib


def text(
    config: export_config.ExportConfig,
    trained: trained_lib.Trained,
    folder: str,
    results: Sequence[gate.Result],
    latencies: Sequence[latency.Latency],
    data: Mapping[str, Any] | None,
) -> str:
    """The text of README.md, the model card.

    Args:
        config: the export's settings.
        trained: the model.
        folder: the temporary folder of the export.
        results: results of the gate.
        latencies: latencies of the forms.
        data: description of the data that the forms were compared on.
    """
    model, row = trained.model, trained.row
    names = ids_function.input_names(model)
    made = {
        "savedmodel": ("saved_model.pb", "variables"),
        "savedmodel_int8": ("saved_model.pb", "variables"),
        "savedmodel_bfloat16": ("saved_model.pb",),
        "litert": [f"{q}.tflite" for q in config.litert_quantizations],
        "onnx": [f"{q}.onnx" for q in config.onnx_quantizations],
        "openvino": [
            f"{q}.{ending}"
            for q in config.openvino_quantizations
            for ending in ("xml", "bin")
        ],
        "huggingface": ("",),
        "sentence_transformers": ("",),
        "tfhub": ("encoder", "preprocessor"),
    }
    made = {name: made[name] for name in made if name in config.formats}
    paths = [
        os.path.join("" if name == "savedmodel" else name, file).rstrip("/")
        for name, files_of in made.items()
        for file in files_of
    ]
    facts = facts_lib.Facts(
        name=os.path.basename(config.output.rstrip("/")),
        kind=row["kind"],
        task=trained.task,
        labels=row.get("labels", ()),
        num_texts=row.get("num_texts", 1),
        max_seq_length=trained.max_seq_length,
        config=model.config,
        parameters=model.count_params(),
        input_names=names,
        files=made,
        sizes={
            path: formats.size(os.path.join(folder, path)) for path in paths
        },
        results=results,
        latencies=latencies,
        machine=f"{platform.machine()}, {os.cpu_count()} cores",
        license=config.license,
        checkpoint=run_checkpoint.name_of(trained.checkpoint),
        weights=fingerprints.of_weights(model),
        embedding=getattr(model, "settings", None),
        decoding=getattr(model, "decoding", None),
        calibration=row.get("calibration"),
        compared_on=data,
        long_texts=config.long_texts,
        max_windows=config.max_windows,
    )
    return model_card.card(facts, card_run.read(trained.checkpoint))

"""Writes the model card of an export."""

import os
import platform
from collections.abc import Sequence

from albert_tf.exporting import fingerprints
from albert_tf.exporting import formats
from albert_tf.exporting import gate
from albert_tf.exporting import ids_function
from albert_tf.exporting import latency
from albert_tf.exporting import samples
from albert_tf.exporting.card import card as model_card
from albert_tf.exporting.card import facts as facts_lib
from albert_tf.exporting.card import run as card_run
from albert_tf.runs import run_checkpoint
from albert_tf.workflows.configs import export as export_config
from albert_tf.workflows.exporting import trained as trained_lib

# Row length, in tokens, for measuring latency.
_TIMED_LENGTH = 64


def text(
    config: export_config.ExportConfig,
    trained: trained_lib.Trained,
    folder: str,
    written: Sequence[formats.Written],
    results: Sequence[gate.Result],
    sample: samples.Sample,
) -> str:
    """The text of README.md, the model card.

    Args:
        config: the export's settings.
        trained: the model.
        folder: the temporary folder of the export.
        written: the forms of the export.
        results: results of the gate.
        sample: the sample that the forms were compared on.
    """
    model, row = trained.model, trained.row
    names = ids_function.input_names(model)
    made = {
        "savedmodel": ("saved_model.pb", "variables"),
        "savedmodel_int8": ("saved_model.pb", "variables"),
        "savedmodel_bfloat16": ("saved_model.pb",),
        "litert": [f"{q}.tflite" for q in config.litert_quantizations],
        "onnx": ("model.onnx",),
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
        latencies=[
            latency.measure(
                form.name,
                form.runner,
                names,
                max_seq_length=form.fixed
                or min(_TIMED_LENGTH, trained.max_seq_length),
                num_choices=sample.num_choices,
            )
            for form in written
        ],
        machine=f"{platform.machine()}, {os.cpu_count()} cores",
        license=config.license,
        checkpoint=run_checkpoint.name_of(trained.checkpoint),
        weights=fingerprints.of_weights(model),
        embedding=getattr(model, "settings", None),
        compared_on=sample.data,
    )
    return model_card.card(facts, card_run.read(trained.checkpoint))

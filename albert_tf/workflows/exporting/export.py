"""albert_tf.export: exports a trained model with its tokenizer inside."""

import os
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

from absl import logging

from albert_tf.exporting import formats
from albert_tf.exporting import gate
from albert_tf.exporting import huggingface
from albert_tf.exporting import ids_function
from albert_tf.exporting import latency
from albert_tf.exporting import samples
from albert_tf.exporting import tfhub
from albert_tf.interop import convert
from albert_tf.io import new_folder
from albert_tf.workflows.common import named_models
from albert_tf.workflows.common import new_output
from albert_tf.workflows.configs import export as export_config
from albert_tf.workflows.exporting import card
from albert_tf.workflows.exporting import description
from albert_tf.workflows.exporting import fastest
from albert_tf.workflows.exporting import forms
from albert_tf.workflows.exporting import sample as sample_lib
from albert_tf.workflows.exporting import trained as trained_lib
from data_pipeline.answers import preprocessor
from data_pipeline.io import files
from data_pipeline.tasks.data import from_config
from data_pipeline.tasks.saved import remembered
from data_pipeline.text import huggingface_files

# Row length, in tokens, for measuring latency.
_TIMED_LENGTH = 64


class ExportResult(NamedTuple):
    """The output of an export.

    Attributes:
        output: the folder that was written.
        checkpoint: the weights that were exported.
        compared: the comparison of each form with the model in Keras.
        choice: with `fastest`, all forms' measurements, the choice, and what it
            takes for granted.
    """

    output: str
    checkpoint: str
    compared: Sequence[gate.Result]
    choice: str = ""

    @property
    def table(self) -> str:
        """The comparison as a text table."""
        return gate.table(self.compared)


def export(config: export_config.ExportConfig) -> ExportResult:
    """Exports a trained model with its tokenizer and a model card.

    The folder appears when it is complete and each form has passed the gate,
    which compares its outputs with those of the model in Keras.

    Args:
        config: the settings of the export.
    Returns:
        The folder that was written, and how each form compares with Keras.
    Raises:
        FileExistsError: the output already exists.
        ValueError: the model has no weights for a format, or a form loses more
            than `max_metric_drop`.

    Example:
        >>> config = albert_tf.ExportConfig(checkpoint="run", output="export")
        >>> albert_tf.export(config).output  # doctest: +SKIP
        'export'
    """
    with new_output.hold(config.output, "--output", "exporting"):
        config = named_models.fetched(config)
        config, trained = trained_lib.load(config)
        trained_lib.check_exported(trained)
        with new_folder.create(config.output) as folder:
            results, choice = _write(config, trained, folder)
    logging.info("Exported %s to %s.", trained.checkpoint, config.output)
    return ExportResult(config.output, trained.checkpoint, results, choice)


class _Forms(NamedTuple):
    """The forms of an export that run, and what is known about them."""

    written: Sequence[formats.Written]
    signatures: dict[str, Any]
    results: Sequence[gate.Result]
    latencies: Sequence[latency.Latency]


def _write(
    config: export_config.ExportConfig,
    trained: trained_lib.Trained,
    folder: str,
) -> tuple[Sequence[gate.Result], str]:
    sample = sample_lib.make(config, trained)
    choice = ""
    if config.fastest:

        def write(config, folder):
            made = _write_forms(config, folder, trained, sample)
            _describe(config, folder, trained, sample, made)
            return made.written, made.results

        config, choice = fastest.choose(config, trained, sample, write)
    made = _write_forms(config, folder, trained, sample)
    gate.check(made.results, config.max_metric_drop)
    if "huggingface" in config.formats:
        write_huggingface(trained, os.path.join(folder, "huggingface"))
    if "sentence_transformers" in config.formats:
        write_sentence_transformers(
            trained, os.path.join(folder, "sentence_transformers")
        )
    if "tfhub" in config.formats:
        place = os.path.join(folder, "tfhub")
        tfhub.save(trained.model.encoder, os.path.join(place, "encoder"))
        preprocessor.save(
            trained.tokenizer, os.path.join(place, "preprocessor")
        )
    _describe(config, folder, trained, sample, made)
    text = card.text(
        config, trained, folder, made.results, made.latencies, sample.data
    )
    files.write(os.path.join(folder, "README.md"), text.encode())
    return made.results, choice


def _write_forms(
    config: export_config.ExportConfig,
    folder: str,
    trained: trained_lib.Trained,
    sample: samples.Sample,
) -> _Forms:
    written, signatures = forms.write(config, trained, sample, folder)
    results = [sample.compare(form) for form in written]
    return _Forms(
        written, signatures, results, _latencies(trained, written, sample)
    )


def _describe(
    config: export_config.ExportConfig,
    folder: str,
    trained: trained_lib.Trained,
    sample: samples.Sample,
    made: _Forms,
) -> None:
    """Writes the files beside the forms, which the server reads too."""
    description.write(
        trained,
        folder,
        made.signatures,
        from_config.answer_options(config),
        made.written,
        made.results,
        made.latencies,
        sample.data,
        remembered.given(config, with_places=False),
    )


def _latencies(
    trained: trained_lib.Trained,
    written: Sequence[formats.Written],
    sample: samples.Sample,
) -> list[latency.Latency]:
    names = ids_function.input_names(trained.model)
    num_rows = sample.num_choices
    if ids_function.reads_windows(trained.model):
        num_rows = 1
    return [
        latency.measure(
            form.name,
            form.runner,
            names,
            max_seq_length=form.fixed
            or min(_TIMED_LENGTH, trained.max_seq_length),
            num_choices=num_rows,
        )
        for form in written
    ]


def write_huggingface(trained: trained_lib.Trained, folder: str) -> None:
    """Creates a folder with a model, its labels and tokenizer in Hugging Face's
    form.

    Raises:
        ValueError: Hugging Face's ALBERT has no class for the model.
    """
    huggingface.write(
        trained.checkpoint,
        folder,
        kind=trained.row["kind"],
        tokenizer_files=huggingface_files.files(
            trained.tokenizer, trained.max_seq_length
        ),
        labels=trained.row.get("labels", ()),
        task=trained.task or None,
    )


def write_sentence_transformers(
    trained: trained_lib.Trained, folder: str
) -> None:
    """Creates a folder with an embedding model in sentence-transformers' form.

    Raises:
        ValueError: the model gives no embeddings, or Hugging Face's ALBERT does
            not support its config.
    """
    convert.convert(
        trained.checkpoint,
        folder,
        "sentence_transformers",
        task=trained.task or None,
        files=huggingface_files.files(
            trained.tokenizer, trained.max_seq_length
        ),
        max_seq_length=trained.max_seq_length,
    )

"""Converts weights between formats and compares the two models."""

import os
from collections.abc import Iterable
from collections.abc import Mapping

import keras
import numpy as np
from absl import logging

from albert_tf import config as config_lib
from albert_tf import models
from albert_tf.embedding import model as embedding_model
from albert_tf.interop import google
from albert_tf.interop import huggingface
from albert_tf.interop import huggingface_folder
from albert_tf.interop import loading
from albert_tf.interop import name_table
from albert_tf.interop import probe
from albert_tf.interop import task_info
from albert_tf.interop import tensorflow_checkpoint
from albert_tf.interop.keras_hub import layer_names
from albert_tf.interop.keras_hub import preset
from albert_tf.interop.keras_hub import preset_config
from albert_tf.interop.keras_hub import task_config
from albert_tf.interop.sentence_transformers import sentence_writing
from albert_tf.io import new_folder
from albert_tf.layers import window_pooling
from albert_tf.runs import run_checkpoint


def convert(
    source: str | os.PathLike,
    output: str | os.PathLike,
    to: str,
    *,
    head: str | None = None,
    task: str | None = None,
    config: config_lib.AlbertConfig | str | os.PathLike | None = None,
    which: str | None = None,
    vocabulary: bytes | None = None,
    files: Mapping[str, bytes] | None = None,
    max_seq_length: int | None = None,
) -> list[str]:
    """Writes the weights of `source` in another format and compares the two.

    Only weights that the source has are written; missing heads are not
    initialized. The output is read back and must equal the source bit for bit.

    Args:
        source: anything that `albert_tf.load` reads.
        output: folder to create; it is written completely or not at all.
        to: "google", "huggingface", "keras_hub", "sentence_transformers" or
            "albert_tf".
        head, task, config, which: as in `albert_tf.load`.
        vocabulary: a SentencePiece model for a keras-hub preset, with the
            pieces that keras-hub looks up by name: <pad>, [CLS], [SEP], [MASK].
        files: contents of further files to write, by name: those of the
            tokenizer.
        max_seq_length: tokens of the longest text, for sentence-transformers;
            None: what the source says, or as many as it has positions.
    Returns:
        the lines of the report.
    Raises:
        FileExistsError: `output` exists.
        ValueError: the source cannot be read, or the other format cannot hold
            its weights.
    """
    source = run_checkpoint.find(source, which)
    output = os.fspath(output).rstrip("/")
    with new_folder.create(output) as unfinished:
        lines = _convert(
            source,
            output,
            unfinished,
            to,
            head,
            task,
            config,
            vocabulary,
            max_seq_length,
        )
        for name, content in (files or {}).items():
            with open(os.path.join(unfinished, name), "wb") as file:
                file.write(content)
        return lines


def _convert(
    source: str,
    output: str,
    unfinished: str,
    to: str,
    head: str | None,
    task: str | None,
    config: config_lib.AlbertConfig | str | os.PathLike | None,
    vocabulary: bytes | None,
    max_seq_length: int | None,
) -> list[str]:
    model, coverage = loading.load_with_coverage(
        source, head=head, task=task, config=config
    )
    weights = models.named_weights(model)
    values = {name: weights[name].numpy() for name, _ in coverage.matched}
    info = model.task_info

    if to in ("huggingface", "keras_hub"):
        _check_windows(info)
    if to == "huggingface":
        written = huggingface.write(model.config, values, unfinished, info)
        if "calibration" in info.others:  # which config.json has no place for
            task_info.write_task_file(unfinished, info)
    elif to == "keras_hub":
        written = _write_preset(
            model.config, values, unfinished, info, vocabulary
        )
    elif to == "sentence_transformers":
        written = _write_sentences(model, values, unfinished, max_seq_length)
    else:
        written = _WRITERS[to](model.config, values, unfinished)
        if info.kind:
            task_info.write_task_file(unfinished, info)
    _check_equal(unfinished, values, written, head)
    return [
        str(coverage),
        f"{to}: {len(written)} weights written.",
        *(
            f"  left out, not supported by {to}: {name}"
            for name in sorted(values.keys() - written.keys())
        ),
        *(
            line.replace(unfinished, output)
            for line in _compared(model, source, unfinished, to)
        ),
    ]


def _check_windows(info: task_info.TaskInfo) -> None:
    """Raises ValueError for windows whose vectors cannot be pooled outside."""
    pooling = info.others.get(window_pooling.NAME)
    if pooling not in (None, "mean"):
        raise ValueError(
            "Windows of texts must be pooled by their mean to be converted, "
            "since other libraries have no such layer. Received: a model with "
            f"--window_pooling={pooling}. Train with --window_pooling=mean, or "
            "export another format."
        )
    if pooling:
        logging.warning(
            "The model was trained on windows of long texts. The converted one "
            "reads a window; the mean of the logits of a text's windows is "
            "what this model gives for the text."
        )


def _write_preset(
    config: config_lib.AlbertConfig,
    values: Mapping[str, np.ndarray],
    folder: str,
    info: task_info.TaskInfo,
    vocabulary: bytes | None,
) -> dict[str, str]:
    """Returns our names -> theirs, for what was written: everything but the
    head for the order of sentences."""
    preset_config.check(config)
    task = task_config.task_of(values)
    if "encoder/pooler/kernel" not in values:
        raise ValueError(
            "keras-hub's AlbertBackbone must have a pooler. Received: weights "
            "without one."
        )
    table = name_table.of_pairs(layer_names.rows())
    renamed = {
        name: table.renamed(name)
        for name in values
        if not name.startswith("sentence_order/")
    }
    preset.write(
        config,
        task,
        {renamed[name]: values[name] for name in renamed},
        folder,
        vocabulary=vocabulary,
        max_seq_length=info.max_seq_length,
        remembered=task_info.task_file_content(info) if info.kind else None,
    )
    return renamed


def _write_sentences(
    model: keras.Model,
    values: Mapping[str, np.ndarray],
    folder: str,
    max_seq_length: int | None,
) -> dict[str, str]:
    """Returns our names -> theirs, for what was written."""
    if not isinstance(model, embedding_model.AlbertEmbedder):
        raise ValueError(
            "A model must be trained for embeddings to be written for "
            "sentence-transformers. Received: "
            f"{model.task_info.kind or 'a pretrained model'}. Train it with "
            "--task_type=embedding, or convert it --to=huggingface."
        )
    config = model.config
    # Their encoder must have a pooler, which nothing reads.
    encoder = {
        name: weight.numpy()
        for name, weight in models.named_weights(model).items()
        if name.startswith("encoder/pooler/")
    }
    encoder |= {k: v for k, v in values.items() if k.startswith("encoder/")}
    written = huggingface.write(config, encoder, folder)
    length = (
        max_seq_length
        or model.task_info.max_seq_length
        or config.max_position_embeddings
    )
    written |= sentence_writing.write(
        folder, model.settings, config.hidden_size, length, values
    )
    return {ours: theirs for ours, theirs in written.items() if ours in values}


def _compared(
    model: keras.Model, source: str, folder: str, to: str
) -> list[str]:
    """How the outputs of the model differ from those of the other side."""
    if to == "sentence_transformers":
        return probe.compare_with_sentence_transformers(model, folder)
    if to != "keras_hub":
        return probe.compare(model, source, folder)
    lines = probe.compare_with_keras_hub(model, folder)
    if huggingface_folder.find(source):
        lines += probe.compare(model, source)
    return lines


_WRITERS = {
    "google": google.write,
    "albert_tf": tensorflow_checkpoint.write,
}


def _check_equal(
    folder: str,
    values: Mapping[str, np.ndarray],
    written: Iterable[str],
    head: str | None,
) -> None:
    back = loading.open_source(folder, head or _head(written))
    for name in written:
        assert back.value(name).tobytes() == values[name].tobytes(), name


def _head(names: Iterable[str]) -> str | None:
    heads = {name.split("/")[0] for name in names}
    return next((h for h in huggingface.SAME_NAME_HEADS if h in heads), None)


if __name__ == "__main__":
    from albert_tf import commands

    commands.run("convert")

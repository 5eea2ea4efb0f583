"""albert_tf.load: a path to weights becomes a model, or a clear error."""

import os
import zipfile

import keras
import tensorflow as tf
from absl import logging

from albert_tf import config as config_lib
from albert_tf import kinds
from albert_tf import models
from albert_tf.interop import coverage as coverage_lib
from albert_tf.interop import google
from albert_tf.interop import huggingface
from albert_tf.interop import huggingface_folder
from albert_tf.interop import names as names_lib
from albert_tf.interop import source as source_lib
from albert_tf.interop import source_checks
from albert_tf.interop import source_heads
from albert_tf.interop import task_info
from albert_tf.interop import tensorflow_checkpoint
from albert_tf.interop.keras_hub import layer_names
from albert_tf.interop.keras_hub import preset
from albert_tf.runs import checkpoint_prefix
from albert_tf.runs import run_checkpoint

CONFIG_FILE = google.CONFIG_FILE
_MODELS: tuple[type[keras.Model], ...] = (
    models.AlbertEncoder,
    models.AlbertPretrainer,
    *(kind.model for kind in kinds.KINDS.values()),
)


def load(
    path: str | os.PathLike,
    *,
    head: str | None = None,
    task: str | None = None,
    config: config_lib.AlbertConfig | str | os.PathLike | None = None,
    allow_partial_init: bool = False,
    which: str | None = None,
) -> keras.Model:
    """Builds the model whose weights are at `path` and logs what was found.

    The model has the head that the weights have, or is an AlbertPretrainer if
    they have no task head. `model.task_info` holds the `kind` of task (or
    None) and the `labels`, class names in the order of the outputs (empty if
    no file names them). `model.untrained_heads` names heads without weights,
    "pooler" among them.

    Args:
        path: one of
            a training run's folder, or one of its checkpoints;
            an exported SavedModel folder of albert_tf;
            a `.keras` file;
            Google's TF1 files: the folder, the prefix, `.index` or `.meta`;
            a local Hugging Face folder, or its `model.safetensors`, shards or
            `pytorch_model.bin` (which needs torch);
            a local keras-hub preset of ALBERT, or one of its weights files.
            TensorFlow files need `config`, or an `albert_config*.json` beside.
        head: "classifier", "tagging" or "multiple_choice", if the files do
            not say which; Google uses one name for the first and the last.
            Default: classifier.
        task: the task whose head to take, for a run of several tasks.
        config: AlbertConfig, or the path of its JSON file, for a TensorFlow
            checkpoint without one. It must match one that is there.
        allow_partial_init: whether backbone weights may be missing or differ
            in shape; those keep their initial values.
        which: "best" or "last" checkpoint of a run. Default: the best, or
            the last if nothing was evaluated; the log says which.
    Raises:
        FileNotFoundError: there are no weights, or no config beside them.
        ValueError: weights are missing or differ in shape, or the format of
            the file is unknown.

    Example:
        >>> albert_tf.load("run").config.hidden_size  # doctest: +SKIP
        768
    """
    return load_with_coverage(
        path,
        head=head,
        task=task,
        config=config,
        allow_partial_init=allow_partial_init,
        which=which,
    )[0]


def load_with_coverage(
    path: str | os.PathLike,
    *,
    head: str | None = None,
    task: str | None = None,
    config: config_lib.AlbertConfig | str | os.PathLike | None = None,
    allow_partial_init: bool = False,
    which: str | None = None,
) -> tuple[keras.Model, coverage_lib.Coverage]:
    """As `load`, with a report on which weights were matched."""
    path = run_checkpoint.find(path, which)
    if isinstance(config, str | os.PathLike):
        config = config_lib.AlbertConfig.from_json(config)
    if path.endswith(".keras"):
        model = _load_keras(path)  # Knows its class, dropouts and seed.
        source = open_model(model, path)
        if config is not None:
            source_checks.with_config(source, config)
    else:
        source = open_source(path, head, task, config)
        if config is not None:
            source = source_checks.with_config(source, config)
        if not allow_partial_init:
            source_checks.check_sizes(source)
        model = source_heads.make_model(source)
    found = source_heads.head_of(source)
    if head and found in huggingface.SAME_NAME_HEADS and found != head:
        raise ValueError(
            "The head must be the one that the files describe. Received: "
            f"head={head!r}, and {source.where} with a {found} head."
        )
    coverage = initialize(model, source, allow_partial_init)
    model.task_info = source_heads.task_of(source)
    model.untrained_heads = tuple(coverage.missing_heads())
    return model, coverage


def open_source(
    path: str | os.PathLike,
    head: str | None = None,
    task: str | None = None,
    config: config_lib.AlbertConfig | None = None,
) -> source_lib.Source:
    """Recognises what lies at `path`, without reading the weights.

    Args:
        path, head, task: as of `load`; of a run's folder the best is taken.
        config: of a TensorFlow checkpoint that has none beside it.
    """
    path = run_checkpoint.find(path)
    heads = huggingface.SAME_NAME_HEADS
    if head not in (None, *heads):
        raise ValueError(
            f"The head must be one of {', '.join(heads)}. Received: {head!r}."
        )
    if path.endswith(".keras"):
        return _open_keras(path)
    folder = huggingface_folder.find(path)
    if folder is not None:
        return huggingface_folder.open_folder(folder, head)
    folder = preset.find(path)
    if folder is not None:
        return _open_preset(folder)
    prefix = checkpoint_prefix.find(path)
    return tensorflow_checkpoint.open_prefix(prefix, head, task, config)


def _open_preset(folder: str) -> source_lib.Source:
    found = preset.open_folder(folder)
    info = task_info.read_task_file(folder, None)
    if found.kind and info.kind is None:
        info = task_info.TaskInfo(found.kind, is_stated=True)
    return source_lib.Source(
        preset.KIND,
        folder,
        found.config,
        names_lib.Names([names_lib.Row(*row) for row in layer_names.rows()]),
        found.shapes,
        found.read,
        info,
    )


def initialize(
    model: keras.Model,
    source: source_lib.Source,
    allow_partial_init: bool = False,
    any_depth: bool = False,
    needs_heads: bool = False,
) -> coverage_lib.Coverage:
    """Sets the model's weights from a source; all of it or nothing.

    Args:
        model: one of ours, of any head.
        source: as of `open_source`.
        allow_partial_init: as of `load`.
        any_depth: whether the model may have another number of layers than the
            source, which then has to hold the same weights: those of layers
            that share them all. It computes something else.
        needs_heads: whether the source must hold the model's heads, as a model
            that is evaluated needs them.
    Returns:
        what was set and what was not.
    Raises:
        ValueError: the backbone is not covered, or would compute something
            else; or a head is missing that the model needs.
    """
    weights = _weights(model)
    coverage = coverage_lib.compare(
        {name: tuple(weight.shape) for name, weight in weights.items()}, source
    )
    if not allow_partial_init:
        source_checks.check_embeddings(source, model.config)
        coverage.check()
        source_checks.check_function(model.config, source, any_depth)
        if needs_heads:
            _check_heads(coverage, source_heads.head_of(source))
    values = {ours: source.value(ours) for ours, _ in coverage.matched}
    for ours, value in values.items():
        weights[ours].assign(value)
    _say(coverage)
    return coverage


def _check_heads(coverage: coverage_lib.Coverage, found: str | None) -> None:
    """Heads of tags and spans read no pooler, so that may be missing."""
    missing = [head for head in coverage.missing_heads() if head != "pooler"]
    if missing:
        raise ValueError(
            "A model must have been trained for what it is asked. Received: "
            f"{coverage.where}, which has "
            f"{f'the head {found}' if found else 'no head of a task'} and no "
            f"{', '.join(missing)}. Train it for this task first; "
            "--allow_partial_init takes random weights for the missing head."
        )


def open_model(model: keras.Model, where: str) -> source_lib.Source:
    """A model in memory as a source."""
    weights = _weights(model)
    return source_lib.Source(
        type(model).__name__,
        where,
        model.config,
        names_lib.SAME,
        {name: tuple(weight.shape) for name, weight in weights.items()},
        lambda name: weights[name].numpy(),
    )


def _weights(model: keras.Model) -> dict:
    """By name; a bare encoder's as if it were in a model with a head."""
    weights = models.named_weights(model)
    if isinstance(model, models.AlbertEncoder):
        return {f"encoder/{name}": w for name, w in weights.items()}
    return weights


def _say(coverage: coverage_lib.Coverage) -> None:
    logging.info("%s", coverage)
    for head in coverage.missing_heads():
        # Taggers and span models are published without a pooler.
        say = logging.info if head == "pooler" else logging.warning
        say(
            "%s has no %s: it keeps its initial, untrained values.",
            coverage.where,
            head,
        )


def _open_keras(path: str) -> source_lib.Source:
    return open_model(_load_keras(path), path)


def _load_keras(path: str) -> keras.Model:
    if not tf.io.gfile.exists(path):
        raise FileNotFoundError(
            f"A .keras file must exist. Received: {path!r}, where there is "
            "none."
        )
    try:
        source_checks.check_keras_size(path)
        model = keras.saving.load_model(path)
    # Keras lets through what its parsers raise.
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        OSError,
        RecursionError,
        zipfile.BadZipFile,
    ) as e:
        raise ValueError(
            f"A .keras file must be whole. Received: {path}: {str(e):.300}"
        ) from None
    if not isinstance(model, _MODELS):
        raise ValueError(
            "A .keras file must hold a model of albert_tf. Received: "
            f"{path} with a {type(model).__name__}."
        )
    return model

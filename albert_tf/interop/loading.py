"""albert_tf.load: builds the model whose weights are at a path."""

import os
import zipfile
import zlib

import keras
import tensorflow as tf

from albert_tf import config as config_lib
from albert_tf import kinds
from albert_tf import models
from albert_tf.embedding import model as embedding_model
from albert_tf.embedding import settings as embedding_settings
from albert_tf.hub import names
from albert_tf.interop import google
from albert_tf.interop import huggingface
from albert_tf.interop import huggingface_folder
from albert_tf.interop import name_table
from albert_tf.interop import source_checks
from albert_tf.interop import source_heads
from albert_tf.interop import task_info
from albert_tf.interop import tensorflow_checkpoint
from albert_tf.interop import weight_coverage
from albert_tf.interop import weight_source
from albert_tf.interop.keras_hub import layer_names
from albert_tf.interop.keras_hub import preset
from albert_tf.runs import checkpoint_prefix
from albert_tf.runs import run_checkpoint
from albert_tf.seq2seq import model as seq2seq_model
from albert_tf.seq2seq import warm_start

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

    The model has the same task head as the weights, or is an AlbertPretrainer
    if they have none. `model.task_info` holds the `kind` of task (or None) and
    the `labels`, class names in the order of the outputs (empty if no file
    names them). `model.untrained_heads` names heads that had no weights, which
    may include "pooler".

    Args:
        path: one of
            a training run's folder, or one of its checkpoints;
            an exported SavedModel folder of albert_tf;
            a `.keras` file;
            Google's TF1 files: the folder, the prefix, `.index` or `.meta`;
            a local Hugging Face folder, or its `model.safetensors`, shards or
            `pytorch_model.bin` (which needs torch);
            a local folder of sentence-transformers;
            a local keras-hub preset of ALBERT, or one of its weights files.
            TensorFlow files need `config`, or `albert_config*.json` beside.
        head: "classifier", "tagging" or "multiple_choice", if the files do
            not say which; Google uses one name for the first and the last.
            Default: classifier.
        task: the task whose head to load, for a run of several tasks.
        config: AlbertConfig, or the path of its JSON file, for a TensorFlow
            checkpoint without one. If the checkpoint has one, they must match.
        allow_partial_init: whether backbone weights may be missing or have a
            different shape; the model then keeps its initial values for them.
        which: "best" or "last" checkpoint of a run. Default: the best, or
            the last if nothing was evaluated; the log says which.
    Raises:
        FileNotFoundError: there are no weights, or no config for them.
        ValueError: weights are missing or differ in shape, or the format is
            unknown.

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
) -> tuple[keras.Model, weight_coverage.Coverage]:
    """Like `load`, and also reports which weights were matched."""
    path = run_checkpoint.find(path, which)
    if isinstance(config, str | os.PathLike):
        config = config_lib.AlbertConfig.from_json(config)
    if path.endswith(".keras"):
        model = _load_keras(path)  # has its own class, dropouts and seed
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
            f"head={head!r}, and {source.where} with a {found} head. Leave "
            "head out."
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
) -> weight_source.WeightSource:
    """Recognizes the format of `path` and opens it without reading values.

    Args:
        path, head, task: as in `load`; a run stands for its best checkpoint.
        config: config of a TensorFlow checkpoint that has none in its folder.
    """
    path = run_checkpoint.find(path)
    heads = huggingface.SAME_NAME_HEADS
    if head not in (None, *heads):
        raise ValueError(
            f"The head must be one of {', '.join(heads)}. Received: {head!r}."
        )
    if path.endswith(".keras"):
        return open_model(_load_keras(path), path)
    folder = huggingface_folder.find_sentences(path)
    if folder is not None:
        return huggingface_folder.open_sentences(folder)
    folder = huggingface_folder.find(path)
    if folder is not None:
        return huggingface_folder.open_folder(folder, head)
    folder = preset.find(path)
    if folder is not None:
        return _open_preset(folder)
    prefix = checkpoint_prefix.find(path)
    return tensorflow_checkpoint.open_prefix(prefix, head, task, config)


def _open_preset(folder: str) -> weight_source.WeightSource:
    found = preset.open_folder(folder)
    weight_source.drop_identity(
        found.config, found.shapes, found.read, *layer_names.PROJECTION
    )
    info = task_info.read_task_file(folder, None)
    if found.kind and info.kind is None:
        info = task_info.TaskInfo(found.kind, is_stated=True)
    return weight_source.WeightSource(
        preset.KIND,
        folder,
        found.config,
        name_table.of_pairs(layer_names.rows()),
        found.shapes,
        found.read,
        info,
    )


def initialize(
    model: keras.Model,
    source: weight_source.WeightSource,
    allow_partial_init: bool = False,
    any_depth: bool = False,
    needs_heads: bool = False,
    new_heads: bool = False,
) -> weight_coverage.Coverage:
    """Sets the model's weights from a source, completely or not at all.

    Args:
        model: any model of this package.
        source: weights to take, from `open_source`.
        allow_partial_init: as in `load`.
        any_depth: whether the model may have a different number of layers than
            the source, if all layers share their weights. It then computes
            a different function.
        needs_heads: whether the source must have the model's heads.
        new_heads: whether heads of other sizes, such as those for another
            number of classes, are left out instead of being an error.
    Returns:
        which weights were set and which were not.
    Raises:
        ValueError: backbone weights are missing, the model would compute a
            different function, or a required head is missing.
    """
    weights = _weights(model)
    coverage = weight_coverage.compare(
        {name: tuple(weight.shape) for name, weight in weights.items()}, source
    )
    if new_heads:
        coverage = coverage.without_other_heads()
    if not allow_partial_init:
        source_checks.check_embeddings(source, model.config)
        coverage.check()
        source_checks.check_function(model.config, source, any_depth)
        if needs_heads:
            coverage.check_heads(source_heads.head_of(source))
    values = {ours: source.value(ours) for ours, _ in coverage.matched}
    for ours, value in values.items():
        weights[ours].assign(value)
    begins = isinstance(model, seq2seq_model.AlbertSeq2Seq) and (
        seq2seq_model.HEAD in coverage.missing_heads()
    )
    weight_coverage.say(coverage, [seq2seq_model.HEAD] if begins else [])
    if begins:
        where = names.name_of(coverage.where)
        warm_start.start(model, where, source.shape, source.value)
    return coverage


def open_model(model: keras.Model, where: str) -> weight_source.WeightSource:
    """Presents a model in memory as a source of weights."""
    weights = _weights(model)
    info = task_info.TaskInfo()
    if isinstance(model, embedding_model.AlbertEmbedder):
        settings = {embedding_settings.KEY: model.settings.as_json()}
        info = task_info.TaskInfo("embedding", True, others=settings)
    return weight_source.WeightSource(
        type(model).__name__,
        where,
        model.config,
        name_table.SAME,
        {name: tuple(weight.shape) for name, weight in weights.items()},
        lambda name: weights[name].numpy(),
        info,
    )


def _weights(model: keras.Model) -> dict:
    """Weights by name; those of a bare encoder as in a model with a head."""
    weights = models.named_weights(model)
    if isinstance(model, models.AlbertEncoder):
        return {f"encoder/{name}": w for name, w in weights.items()}
    return weights


def _load_keras(path: str) -> keras.Model:
    if not tf.io.gfile.exists(path):
        raise FileNotFoundError(
            f"A .keras file must exist. Received: {path!r}, which does not."
        )
    try:
        source_checks.check_keras_size(path)
        model = keras.saving.load_model(path)
    # Keras passes on what its parsers raise.
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        OSError,
        RuntimeError,
        zipfile.BadZipFile,
        zlib.error,
    ) as e:
        raise ValueError(
            f"A .keras file must be whole. Received: {path}: {str(e):.300} "
            "Save or fetch it again."
        ) from None
    if not isinstance(model, _MODELS):
        raise ValueError(
            "A .keras file must hold a model of albert_tf. Received: "
            f"{path} with a {type(model).__name__}."
        )
    return model

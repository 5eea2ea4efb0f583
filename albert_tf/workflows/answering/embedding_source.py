"""What turns texts into embeddings: an export, or a model in memory."""

import dataclasses
import functools
import hashlib
import json
import os
from collections.abc import Mapping
from typing import Any
from typing import NamedTuple

import keras
import tensorflow as tf
from absl import logging

from albert_tf.embedding import model as embedding_model
from albert_tf.embedding import settings as settings_lib
from albert_tf.exporting import fingerprints
from albert_tf.exporting import savedmodel
from albert_tf.hub import names
from albert_tf.interop import loading
from albert_tf.interop import source_checks
from albert_tf.io import json_file
from albert_tf.runs import run_checkpoint
from albert_tf.serving.models import folders
from albert_tf.serving.models import saved_model
from albert_tf.workflows.answering import source as source_lib
from data_pipeline.answers import embeddings
from data_pipeline.tasks.saved import saved_tasks

KIND = "embedding"
_OUTPUT = "embeddings"
_CONFIG = "config.json"


@dataclasses.dataclass(frozen=True)
class EmbeddingSource:
    """A model that turns texts into embeddings.

    Attributes:
        name: as the user gave it.
        text: the signature from `texts` to `embeddings`.
        size: D, the size of an embedding.
        max_seq_length: tokens of the longest text that is read whole.
        settings: what the model does after its encoder.
        fingerprint: hex SHA-256 of the weights, the tokenizer and the settings.
    """

    name: str
    text: saved_model.Signature
    size: int
    max_seq_length: int
    settings: settings_lib.EmbeddingSettings
    fingerprint: str


class Described(NamedTuple):
    """What an export says of its embedding model; as in EmbeddingSource."""

    settings: settings_lib.EmbeddingSettings
    max_seq_length: int
    fingerprint: str


def find(
    name: str,
    *,
    which: str | None = None,
    task: str | None = None,
    spm_model_file: str | None = None,
) -> EmbeddingSource:
    """Finds what a name means, as `albert_tf.embedder` describes it."""
    path = names.resolve(name)
    is_export = tf.io.gfile.exists(os.path.join(path, folders.SAVED_MODEL))
    if is_export and task is None and spm_model_file is None:
        run_checkpoint.find(path, which)  # which is only for runs
        found = _exported(name, path)
        if found is not None:
            return found
    return _trained(
        name, run_checkpoint.find(path, which), task, spm_model_file
    )


def fingerprint(
    weights: str,
    tokenizer: str,
    settings: settings_lib.EmbeddingSettings,
    max_seq_length: int,
    form: str = "",
) -> str:
    """Hex SHA-256 of all that decides what a text's embedding is.

    Args:
        weights, tokenizer: their fingerprints.
        settings: of the model. Prompts do not count, since they are part of
            texts.
        max_seq_length: of the model.
        form: name of a form with other numbers, such as "savedmodel_int8".
    """
    parts = {
        "weights": weights,
        "tokenizer": tokenizer,
        "settings": {**settings.as_json(), "prompts": None},
        "max_seq_length": max_seq_length,
        "form": form,
    }
    return hashlib.sha256(
        json.dumps(parts, sort_keys=True).encode()
    ).hexdigest()


def described(folder: str) -> Described | None:
    """An export of an embedding model, without loading it; None for an export
    of another model.

    Raises:
        ValueError: the folder holds no SavedModel, or its config.json does not
            describe the model.
    """
    content, form = _description(folder)
    if content.get("kind") != KIND:
        return None
    try:
        settings = settings_lib.of_json(content["embedding"])
        length = int(content["max_seq_length"])
        hashes = content["fingerprints"]
        weights, tokenizer = str(hashes["weights"]), str(hashes["tokenizer"])
    except (KeyError, TypeError) as error:
        raise ValueError(
            f"{_CONFIG} of an export must describe its model. Received: "
            f"{folder}: {type(error).__name__}: {error}. Export it again."
        ) from None
    mark = fingerprint(weights, tokenizer, settings, length, form)
    return Described(settings, length, mark)


def _exported(name: str, folder: str) -> EmbeddingSource | None:
    """An export of an embedding model; None for one of another model."""
    found = described(folder)
    if found is None:
        return None
    text = saved_model.load(name, folder).signatures["text"]
    size = text.outputs[_OUTPUT].shape[-1]
    return EmbeddingSource(
        name,
        text,
        size,
        found.max_seq_length,
        found.settings,
        found.fingerprint,
    )


def _description(folder: str) -> tuple[Mapping[str, Any], str]:
    """The description of an export, and the name of its form: "" for the one
    in the folder of the export, and for others that of their own folder."""
    _, folder = folders.newest_version(folder)
    path = os.path.join(folder, _CONFIG)
    if tf.io.gfile.exists(path):
        return json_file.read_object(path), ""
    above, form = os.path.split(folder.rstrip("/"))
    path = os.path.join(above, _CONFIG)
    if tf.io.gfile.exists(path):
        return json_file.read_object(path), form
    return {}, ""


def _trained(
    name: str, path: str, task: str | None, spm_model_file: str | None
) -> EmbeddingSource:
    folder = saved_tasks.folder_of(path)
    model = loading.load(path, task=task or _task(folder))
    own = model.task_info
    embedder = _embedder(name, model)
    tokenizer = saved_tasks.tokenizer(spm_model_file, folder)
    source_checks.check_vocabulary(model.config, tokenizer.vocab_size)
    positions = model.config.max_position_embeddings
    length = (
        saved_tasks.read(folder).max_seq_length
        or own.max_seq_length
        or positions
    )
    task_module = embeddings.Embeddings(tokenizer, length)
    text = source_lib.in_memory(
        embedder,
        "text",
        task_module,
        functools.partial(savedmodel.answer, embedder, task_module),
    )
    return EmbeddingSource(
        name,
        text,
        text.outputs[_OUTPUT].shape[-1],
        length,
        embedder.settings,
        fingerprint(
            fingerprints.of_weights(embedder),
            tokenizer.fingerprint,
            embedder.settings,
            length,
        ),
    )


def _task(folder: str) -> str | None:
    """The task of a run that makes embeddings, if it has just one."""
    rows = saved_tasks.read(folder).tasks
    found = [name for name, row in rows.items() if row["kind"] == KIND]
    return found[0] if len(found) == 1 else None


def _embedder(name: str, model: keras.Model) -> embedding_model.AlbertEmbedder:
    if isinstance(model, embedding_model.AlbertEmbedder):
        return model
    kind = model.task_info.kind
    what = f"a model for {kind}" if kind else "a pretrained model"
    logging.warning(
        "%s is %s and was not trained for embeddings: they are the means of "
        "its tokens' vectors, scaled to length 1, and their cosines are a weak "
        "measure of meaning. Train it with --task_type=embedding.",
        name,
        what,
    )
    return embedding_model.AlbertEmbedder(model.config, encoder=model.encoder)

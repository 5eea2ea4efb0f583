"""The head of an embedding model, from a run's settings."""

import dataclasses
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from absl import logging

from albert_tf import config as config_lib
from albert_tf.embedding import objectives
from albert_tf.embedding import settings as embedding_settings
from albert_tf.finetuning import multitask
from albert_tf.workflows.configs import finetune as finetune_config
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.embedding import pair_rows

KIND = "embedding"


def new(
    config: finetune_config.FinetuneConfig,
    data: task_data.TaskData,
    albert: config_lib.AlbertConfig,
    own: Mapping[str, Any],
) -> multitask.Head:
    """The head that training creates.

    Args:
        config: the run's settings.
        data: the task's data, whose training split has been read.
        albert: the model's sizes.
        own: the settings of the model that training starts from, as JSON
            values; {} if it is no embedding model.
    Raises:
        ValueError: settings do not fit each other, or the data.
    """
    given = {
        name: getattr(config, name)
        for name in ("pooling", "dense_size", "normalize")
        if getattr(config, name) is not None
    }
    prompts = {
        name: text
        for name, text in (
            ("query", config.query_prompt),
            ("document", config.document_prompt),
        )
        if text
    }
    settings = dataclasses.replace(embedding_settings.of_json(own), **given)
    if prompts:
        settings = dataclasses.replace(settings, prompts=prompts)
    size = settings.dense_size or albert.hidden_size
    options = objectives.Options(
        loss=_loss(config, data),
        temperature=config.temperature,
        symmetric=config.symmetric,
        matryoshka_dims=_dims(config.matryoshka_dims or (), size),
    )
    return multitask.Head(KIND, 0, {"settings": settings}, options)


def check_batch(
    heads: Iterable[multitask.Head], form: str, batch_size: int
) -> None:
    """Raises ValueError if batches are too small for negatives.

    Args:
        heads: the heads of the run.
        form: what the first task's examples are.
        batch_size: examples in a batch, over all replicas.
    """
    is_contrastive = any(
        head.kind == KIND and head.training.loss == "contrastive"
        for head in heads
    )
    has_negatives = form == pair_rows.TRIPLETS
    if is_contrastive and not has_negatives and batch_size < 2:
        raise ValueError(
            "A batch must have at least two examples, since the negatives of a "
            "text are the others' texts. Received: "
            f"--train_batch_size={batch_size}. Use 32 or more."
        )


def saved(head: multitask.Head) -> dict[str, Any]:
    """What task.json must hold of a head, besides its labels."""
    if head.kind != KIND:
        return {}
    settings = head.options["settings"]
    return {embedding_settings.KEY: settings.as_json()}


def _loss(
    config: finetune_config.FinetuneConfig, data: task_data.TaskData
) -> str:
    assert data.train is not None
    form, path = data.train.scheme, data.train.path
    loss = config.embedding_loss
    if loss is None:
        loss = "cosent" if form == pair_rows.GRADED else "contrastive"
        logging.info(
            "%s holds %s; the loss is %s (--embedding_loss).",
            path,
            _FORMS[form],
            loss,
        )
    if loss != "contrastive" and form != pair_rows.GRADED:
        raise ValueError(
            f"--embedding_loss={loss} must be used with pairs that have "
            f"scores. Received: {path}, which holds {_FORMS[form]}. Name the "
            "columns with --text_pair_column and --score_column, or use "
            "--embedding_loss=contrastive."
        )
    if loss == "contrastive" and form == pair_rows.GRADED:
        raise ValueError(
            "--embedding_loss=contrastive must be used with pairs that all "
            f"belong together. Received: {path}, which holds "
            f"{_FORMS[form]}. Leave --score_column out, or use "
            "--embedding_loss=cosent."
        )
    is_random = config.dropout_prob != 0
    if form == pair_rows.TEXTS and not is_random:
        raise ValueError(
            "Single texts must be trained with dropout, since a text's "
            "positive is the text itself with another dropout mask. Received: "
            f"--dropout_prob={config.dropout_prob:g}. Use 0.1."
        )
    return loss


_FORMS = {
    pair_rows.GRADED: "pairs with scores",
    pair_rows.TRIPLETS: "texts with a positive and negatives",
    pair_rows.PAIRS: "texts with a positive each",
    pair_rows.TEXTS: "single texts",
}


def _dims(dims: Iterable[str], size: int) -> tuple[int, ...]:
    given = [*map(str, dims)]  # numbers in Python
    found = tuple(int(text) if text.isdecimal() else 0 for text in given)
    if not all(0 < dim <= size for dim in found):
        raise ValueError(
            "--matryoshka_dims must be numbers from 1 to the size of "
            f"embeddings. Received: {','.join(given)}, and embeddings of size "
            f"{size}."
        )
    return found

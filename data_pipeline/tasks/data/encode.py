"""Examples of any kind as features; kept in a folder, never reused wrongly."""

import dataclasses
import hashlib
import json
import os
from collections.abc import Iterable
from collections.abc import Sequence

from absl import logging

from data_pipeline.io import files
from data_pipeline.tasks import example_types
from data_pipeline.tasks import item_features
from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.kinds import task_kind
from data_pipeline.text import tokenizers

# Part of a file's key: another number once features are made otherwise.
_FORMAT = 1


def features(
    task: table.Task,
    split: splits.Split,
    labels: Sequence[str],
    tokenizer: tokenizers.Tokenizer,
    lengths: task_kind.RowLengths,
    *,
    num_workers: int = 1,
    on_bad_row: str = "stop",
    cache_dir: str | None = None,
) -> item_features.Features:
    """Encodes a split, or reads what an earlier call kept.

    What is kept is found by a hash of the examples, the labels, the tokenizer
    and the lengths, so nothing else can be taken for it.

    Args:
        task, split, labels: what to encode.
        tokenizer, lengths: how to encode it.
        num_workers: number of processes that encode spans.
        on_bad_row: what to do about answers that no token stands for, as
            `problems.ON_BAD_ROW`.
        cache_dir: where to keep features; None: nowhere.
    Raises:
        ValueError: a label is not among `labels`.
    """
    path = None
    if cache_dir:
        key = _key(task, split, labels, tokenizer, lengths)
        path = os.path.join(
            cache_dir, f"{task.name}-{split.name}-{key[:32]}.npz"
        )
        found = _kept(path)
        if found is not None:
            logging.info("Took the features of %s from %s.", split.path, path)
            return found
    made = kinds.of(task).encode(
        split, labels, tokenizer, lengths, num_workers, on_bad_row
    )
    if path:
        files.make_folder(cache_dir)
        item_features.save(made, path)
    return made


def _kept(path: str) -> item_features.Features | None:
    if not files.exists(path):
        return None
    try:
        return item_features.load(path)
    except Exception as error:  # np.load raises many kinds
        logging.warning(
            "These features are damaged and made again: %s: %s", path, error
        )
        return None


def fingerprint(examples: Iterable[example_types.Example | None]) -> str:
    """Hex SHA-256 of all examples of a split."""
    digest = hashlib.sha256()
    for example in examples:
        digest.update(repr(example).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _key(
    task: table.Task,
    split: splits.Split,
    labels: Sequence[str],
    tokenizer: tokenizers.Tokenizer,
    lengths: task_kind.RowLengths,
) -> str:
    content = [
        _FORMAT,
        task.kind,
        list(labels),
        tokenizer.fingerprint,
        dataclasses.asdict(lengths),
        fingerprint(split.examples),
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()

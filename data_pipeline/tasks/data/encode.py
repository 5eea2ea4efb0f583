"""Examples of any kind as features; kept in a folder, never reused wrongly."""

import dataclasses
import hashlib
import json
import os
from collections.abc import Iterable
from collections.abc import Sequence

from absl import logging

from data_pipeline.io import files
from data_pipeline.tasks import examples as examples_lib
from data_pipeline.tasks import features as features_lib
from data_pipeline.tasks import kinds
from data_pipeline.tasks import parts
from data_pipeline.tasks import table
from data_pipeline.tasks.kinds import kind as kind_lib
from data_pipeline.text import tokenizers

# Part of a file's key: another number once features are made otherwise.
_FORMAT = 1


def features(
    task: table.Task,
    part: parts.Part,
    labels: Sequence[str],
    tokenizer: tokenizers.Tokenizer,
    lengths: kind_lib.RowLengths,
    *,
    num_workers: int = 1,
    on_bad_row: str = "stop",
    cache_dir: str | None = None,
) -> features_lib.Features:
    """Encodes a part, or reads what an earlier call kept.

    What is kept is found by a hash of the examples, the labels, the tokenizer
    and the lengths, so nothing else can be taken for it.

    Args:
        task, part, labels: what to encode.
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
        key = _key(task, part, labels, tokenizer, lengths)
        path = os.path.join(
            cache_dir, f"{task.name}-{part.name}-{key[:32]}.npz"
        )
        found = _kept(path)
        if found is not None:
            logging.info("Took the features of %s from %s.", part.path, path)
            return found
    made = kinds.of(task).encode(
        part, labels, tokenizer, lengths, num_workers, on_bad_row
    )
    if path:
        files.make_folder(cache_dir)
        features_lib.save(made, path)
    return made


def _kept(path: str) -> features_lib.Features | None:
    if not files.exists(path):
        return None
    try:
        return features_lib.load(path)
    except Exception as error:  # np.load raises many kinds
        logging.warning(
            "These features are damaged and made again: %s: %s", path, error
        )
        return None


def fingerprint(examples: Iterable[examples_lib.Example | None]) -> str:
    """Hex SHA-256 of all examples of a part."""
    digest = hashlib.sha256()
    for example in examples:
        digest.update(repr(example).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _key(
    task: table.Task,
    part: parts.Part,
    labels: Sequence[str],
    tokenizer: tokenizers.Tokenizer,
    lengths: kind_lib.RowLengths,
) -> str:
    content = [
        _FORMAT,
        task.kind,
        list(labels),
        tokenizer.fingerprint,
        dataclasses.asdict(lengths),
        fingerprint(part.examples),
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()

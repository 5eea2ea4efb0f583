"""Examples of any kind as features; kept in a folder, never reused wrongly."""

import dataclasses
import hashlib
import json
import os
from collections.abc import Iterable
from collections.abc import Sequence

import numpy as np
from absl import logging

from data_pipeline.io import files
from data_pipeline.tasks import examples as examples_lib
from data_pipeline.tasks import features as features_lib
from data_pipeline.tasks import labels as labels_lib
from data_pipeline.tasks import problems as problems_lib
from data_pipeline.tasks import table
from data_pipeline.tasks.batches import text_features
from data_pipeline.tasks.data import parts
from data_pipeline.tasks.spans import features as span_features
from data_pipeline.tasks.tags import features as tag_features
from data_pipeline.text import tokenizer as tokenizer_lib

# Part of a file's key: another number once features are made otherwise.
_FORMAT = 1


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """Lengths in tokens, under the names of google-research/albert."""

    max_seq_length: int
    max_qa_length: int = 128
    doc_stride: int = 128
    max_query_length: int = 64


def features(
    task: table.Task,
    part: parts.Part,
    labels: Sequence[str],
    tokenizer: tokenizer_lib.Tokenizer,
    settings: Settings,
    *,
    num_workers: int = 1,
    on_bad_row: str = "stop",
    cache_dir: str | None = None,
) -> features_lib.Features:
    """Encodes a part, or reads what an earlier call kept.

    What is kept is found by a hash of the examples, the labels, the tokenizer
    and the settings, so nothing else can be taken for it.

    Args:
        task, part, labels: what it is.
        tokenizer, settings: how.
        num_workers: processes, of spans.
        on_bad_row: of answers that no token stands for.
        cache_dir: where to keep them; None: nowhere.
    Raises:
        ValueError: a label is none of `labels`.
    """
    path = None
    if cache_dir:
        key = _key(task, part, labels, tokenizer, settings)
        path = os.path.join(
            cache_dir, f"{task.name}-{part.name}-{key[:32]}.npz"
        )
        found = _kept(path)
        if found is not None:
            logging.info("Took the features of %s from %s.", part.path, path)
            return found
    made = _encode(
        task, part, labels, tokenizer, settings, num_workers, on_bad_row
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


def _key(task, part, labels, tokenizer, settings) -> str:
    content = [
        _FORMAT,
        task.kind,
        list(labels),
        tokenizer.fingerprint,
        dataclasses.asdict(settings),
        fingerprint(part.examples),
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _encode(
    task, part, labels, tokenizer, settings, num_workers, on_bad_row
) -> features_lib.Features:
    length = settings.max_seq_length
    if task.kind == "multiple_choice":
        return text_features.encode_choices(
            part.examples, tokenizer, length, settings.max_qa_length
        )
    if task.kind == "tagging":
        return tag_features.encode(
            part.examples, tokenizer, labels, max_seq_length=length
        )
    if task.kind == "span":
        return span_features.encode(
            part.examples,
            tokenizer,
            max_seq_length=length,
            doc_stride=settings.doc_stride,
            max_query_length=settings.max_query_length,
            num_workers=num_workers,
            # Only what is trained on must have a label.
            problems=problems_lib.Problems(on_bad_row)
            if part.name == "train"
            else None,
            path=part.path,
        )
    kept = [example for example in part.examples if example is not None]
    return text_features.encode_texts(
        part.examples,
        tokenizer,
        _label_array(task.kind, [e.label for e in kept], labels),
        length,
    )


def _label_array(kind: str, given: list, labels: Sequence[str]) -> np.ndarray:
    """int32 [I] of classes, float32 [I] of numbers, float32 [I, C] of sets."""
    missing = features_lib.NO_LABEL
    if kind == "regression":
        return np.array([missing if x is None else x for x in given], "f4")
    if kind == "classification":
        return np.array(
            [
                missing if x is None else labels_lib.number(x, labels)
                for x in given
            ],
            np.int32,
        )
    found = np.zeros([len(given), len(labels)], np.float32)
    for row, names in zip(found, given, strict=True):
        if names is None:
            row[:] = missing
            continue
        for name in names:
            row[labels_lib.number(name, labels)] = 1
    return found


def chance_loss(task: table.Task, made: features_lib.Features) -> float | None:
    """What guessing by the labels' frequencies costs, as training counts it.

    nats, of regression the variance; None for spans, where nobody knows.
    """
    if task.kind == "span":
        return None
    label = made.sequences.get("label", made.labels.get("label"))
    if task.kind == "regression":
        return float(np.var(label))
    if task.kind == "multiple_choice":
        return float(np.log(made.rows_per_item))
    if task.kind == "multilabel":
        share = np.clip(label.mean(axis=0), 1e-7, 1 - 1e-7)
        entropy = share * np.log(share) + (1 - share) * np.log1p(-share)
        return float(-entropy.mean())
    counts = np.bincount(label[label >= 0])
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log(share)).sum())

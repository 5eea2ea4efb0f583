"""Encodes texts, pairs and choices: [CLS] a [SEP] b [SEP]."""

import dataclasses
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

import numpy as np

from data_pipeline.tasks import example_types
from data_pipeline.tasks import item_features
from data_pipeline.tasks.texts import long_texts
from data_pipeline.text import tokenizers


def encode_texts(
    examples: Sequence[example_types.TextExample | None],
    tokenizer: tokenizers.Tokenizer,
    labels: np.ndarray,
    max_seq_length: int,
    **reading: Any,
) -> item_features.Features:
    """One row for each text or pair of texts, or several for long ones.

        texts = ("hello", "world")
        token_ids      [CLS] hello [SEP] world [SEP]
        segment_ids      0     0     0     1     1

    By default, texts that are too long are truncated at the end. In a pair, the
    longer text is truncated, and the second one if both have the same length.

    Args:
        examples: None is left out.
        labels: [number of examples that are not None, ...].
        max_seq_length: S.
        **reading: what becomes of long texts, as in `long_texts.read`.
    Source: google-research/albert, classifier_utils.py,
        convert_single_example.
    """
    numbers = [i for i, example in enumerate(examples) if example is not None]
    kept = [example for example in examples if example is not None]
    ids = iter(
        tokenizer.encode_batch(
            text for example in kept for text in example.texts
        )
    )

    lengths = np.zeros(len(kept), np.int32)
    is_cut = np.zeros(len(kept), bool)
    counts = np.ones(len(kept), np.int32)

    def rows() -> Iterator[dict[str, list[int]]]:
        for item, example in enumerate(kept):
            parts = (
                next(ids),
                next(ids) if len(example.texts) == 2 else None,
            )
            read = long_texts.read(parts, max_seq_length, **reading)
            lengths[item] = 1 + sum(len(p) + 1 for p in parts if p is not None)
            is_cut[item], counts[item] = read.is_cut, len(read.rows)
            for row in read.rows:
                yield _row(tokenizer, *row)

    made = item_features.from_rows(rows(), {"label": labels}, numbers)
    has_windows = reading.get("long_texts") == long_texts.WINDOWS
    return dataclasses.replace(
        made,
        text_lengths=lengths,
        is_cut=is_cut,
        window_counts=counts if has_windows else None,
        window_length=max_seq_length if has_windows else 0,
    )


def encode_choices(
    examples: Sequence[example_types.ChoiceExample | None],
    tokenizer: tokenizers.Tokenizer,
    max_seq_length: int,
    max_qa_length: int,
) -> item_features.Features:
    """One row for each choice: the context, then the choice.

    A choice keeps its last max_qa_length tokens; then the context is truncated
    at its end.

    Args:
        examples: None is left out.
        max_seq_length: S.
        max_qa_length: maximum number of tokens in a choice.

    Raises:
        ValueError: examples differ in their number of choices.
    Source: google-research/albert, race_utils.py, convert_single_example.
    """
    numbers = [i for i, example in enumerate(examples) if example is not None]
    kept = [example for example in examples if example is not None]
    counts = {len(example.choices) for example in kept}
    if len(counts) > 1:
        raise ValueError(
            "All examples of a multiple-choice task must have the same number "
            f"of choices. Received: {', '.join(map(str, sorted(counts)))}. "
            "Correct the data."
        )
    # A passage may have several questions, but is encoded once.
    contexts = list(dict.fromkeys(example.context for example in kept))
    context_ids = dict(
        zip(contexts, tokenizer.encode_batch(contexts), strict=True)
    )
    choice_ids = iter(
        tokenizer.encode_batch(
            choice for example in kept for choice in example.choices
        )
    )
    longest = min(max_qa_length, max_seq_length - 3)

    def rows() -> Iterator[dict[str, list[int]]]:
        for example in kept:
            context = context_ids[example.context]
            for _ in example.choices:
                choice = next(choice_ids)[-longest:]
                room = max_seq_length - 3 - len(choice)
                yield _row(tokenizer, context[:room], choice)

    labels = [example.label for example in kept]
    return item_features.from_rows(
        rows(),
        {
            "label": np.array(
                [item_features.NO_LABEL if x is None else x for x in labels],
                np.int32,
            )
        },
        numbers,
        rows_per_item=counts.pop() if counts else 1,
    )


def _row(
    tokenizer: tokenizers.Tokenizer,
    first: list[int],
    second: list[int] | None,
) -> dict[str, list[int]]:
    token_ids = [tokenizer.cls_id, *first, tokenizer.sep_id]
    segment_ids = [0] * len(token_ids)
    if second is not None:
        token_ids += [*second, tokenizer.sep_id]
        segment_ids += [1] * (len(second) + 1)
    return {"token_ids": token_ids, "segment_ids": segment_ids}

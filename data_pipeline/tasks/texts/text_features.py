"""Encodes texts, pairs and choices: [CLS] a [SEP] b [SEP]."""

from collections.abc import Iterator
from collections.abc import Sequence

import numpy as np

from data_pipeline.tasks import example_types
from data_pipeline.tasks import item_features
from data_pipeline.text import tokenizers


def encode_texts(
    examples: Sequence[example_types.TextExample | None],
    tokenizer: tokenizers.Tokenizer,
    labels: np.ndarray,
    max_seq_length: int,
) -> item_features.Features:
    """One row for each text or pair of texts.

        texts = ("hello", "world")
        token_ids      [CLS] hello [SEP] world [SEP]
        segment_ids      0     0     0     1     1

    Texts that are too long are truncated at the end. In a pair, the longer
    text is truncated, and the second one if both have the same length.

    Args:
        examples: None is left out.
        labels: [number of examples that are not None, ...].
        max_seq_length: S.
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

    def rows() -> Iterator[dict[str, list[int]]]:
        for example in kept:
            first = next(ids)
            second = next(ids) if len(example.texts) == 2 else None
            yield _row(tokenizer, *cut(first, second, max_seq_length))

    return item_features.from_rows(rows(), {"label": labels}, numbers)


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


def cut(
    first: list[int], second: list[int] | None, max_seq_length: int
) -> tuple[list[int], list[int] | None]:
    """Truncates a text or a pair, so that it fits with its special tokens.

    Equivalent to removing the last token of the longer text, the second one if
    they have the same length, until the pair fits.

        lengths 5 and 3, max_seq_length 8, 3 special tokens -> lengths 3 and 2
    """
    if second is None:
        return first[: max_seq_length - 2], None
    room = max_seq_length - 3
    # If both are longer than half of the room, each gets half, the first one
    # the odd token; a shorter one is not truncated.
    most_of_second = max(room // 2, room - len(first))
    second = second[:most_of_second]
    return first[: room - len(second)], second


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

"""Texts, pairs and choices as ids: [CLS] a [SEP] b [SEP]."""

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
    """One row each of texts and pairs.

        texts = ("hello", "world")
        token_ids      [CLS] hello [SEP] world [SEP]
        segment_ids      0     0     0     1     1

    What is too long loses pieces at its end; of a pair the longer text does,
    the second one where both are as long.

    Args:
        examples: None is left out.
        labels: [number of examples that are not None, ...].
        max_seq_length: S.
    DataSource: google-research/albert, classifier_utils.py,
        convert_single_example.
    """
    kept = [i for i, example in enumerate(examples) if example is not None]
    ids = iter(
        tokenizer.encode_batch(text for i in kept for text in examples[i].texts)
    )

    def rows():
        for i in kept:
            first = next(ids)
            second = next(ids) if len(examples[i].texts) == 2 else None
            yield _row(tokenizer, *cut(first, second, max_seq_length))

    return item_features.from_rows(rows(), {"label": labels}, kept)


def encode_choices(
    examples: Sequence[example_types.ChoiceExample | None],
    tokenizer: tokenizers.Tokenizer,
    max_seq_length: int,
    max_qa_length: int,
) -> item_features.Features:
    """One row for each choice: the context, then the choice.

    A choice keeps its last max_qa_length pieces; then the context loses what
    does not fit at its end.

    Raises:
        ValueError: examples differ in their number of choices.
    DataSource: google-research/albert, race_utils.py, convert_single_example.
    """
    kept = [i for i, example in enumerate(examples) if example is not None]
    counts = {len(examples[i].choices) for i in kept}
    if len(counts) > 1:
        raise ValueError(
            "All examples of a multiple-choice task must have the same number "
            f"of choices. Received: {', '.join(map(str, sorted(counts)))}."
        )
    # A passage has several questions: it is encoded once.
    contexts = list(dict.fromkeys(examples[i].context for i in kept))
    context_ids = dict(
        zip(contexts, tokenizer.encode_batch(contexts), strict=True)
    )
    choice_ids = iter(
        tokenizer.encode_batch(
            choice for i in kept for choice in examples[i].choices
        )
    )
    longest = min(max_qa_length, max_seq_length - 3)

    def rows():
        for i in kept:
            context = context_ids[examples[i].context]
            for _ in examples[i].choices:
                choice = next(choice_ids)[-longest:]
                room = max_seq_length - 3 - len(choice)
                yield _row(tokenizer, context[:room], choice)

    labels = [examples[i].label for i in kept]
    return item_features.from_rows(
        rows(),
        {
            "label": np.array(
                [item_features.NO_LABEL if x is None else x for x in labels],
                np.int32,
            )
        },
        kept,
        rows_per_item=counts.pop() if counts else 1,
    )


def cut(
    first: list[int], second: list[int] | None, max_seq_length: int
) -> tuple[list[int], list[int] | None]:
    """Shortens a text or a pair to what fits with its special pieces.

    As taking the last piece of the longer text, the second at a tie, until it
    fits.

        lengths 5 and 3 into 5 + 3 special ones -> 3 and 2
    """
    if second is None:
        return first[: max_seq_length - 2], None
    room = max_seq_length - 3
    # Where both are too long they end at half of the room each, the first
    # with the odd piece; where one is short it stays whole.
    most_of_second = max(room // 2, room - len(first))
    second = second[:most_of_second]
    return first[: room - len(second)], second


def _row(tokenizer, first, second):
    token_ids = [tokenizer.cls_id, *first, tokenizer.sep_id]
    segment_ids = [0] * len(token_ids)
    if second is not None:
        token_ids += [*second, tokenizer.sep_id]
        segment_ids += [1] * (len(second) + 1)
    return {"token_ids": token_ids, "segment_ids": segment_ids}

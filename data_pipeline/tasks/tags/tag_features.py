"""Encodes tagged sentences as rows, and finds the values of their words.

    words      Ms Blackburn
    tokens     [CLS]  ▁ms  ▁black  burn  [SEP]
    label         -1    0       3    -1     -1
    word          -1    0       1    -1     -1

The first piece of a word has its label, and its number in the sentence.
"""

from collections.abc import Sequence

import numpy as np

from data_pipeline.tasks import example_types
from data_pipeline.tasks import item_features
from data_pipeline.tasks.tags import tag_schemes
from data_pipeline.text import tokenizers

# In the sequence "word", at tokens that do not start a word.
_NO_WORD = -1


def learn_labels(
    examples: Sequence[example_types.TaggedExample | None],
) -> list[str]:
    """The tags of the examples, sorted, with "O" first.

    In BIO, each type has both letters: a type whose entities here are all
    single words may have longer ones elsewhere, such as the particles among
    CoNLL-2003's chunks.

    Raises:
        ValueError: no example has tags.
    """
    labels = {
        tag for example in examples if example for tag in example.tags or ()
    }
    if not labels:
        raise ValueError(
            "Sentences must have tags, from which labels are learned. "
            f"Received: {len(examples)} sentences without tags. Name a file "
            "that has tags."
        )
    parts = [tag_schemes.parts(label) for label in labels - {"O"}]
    if all(letter in "BI" for letter, _ in parts):
        labels |= {f"{letter}-{kind}" for letter in "BI" for _, kind in parts}
    return sorted(labels, key=lambda label: (label != "O", label))


def encode(
    examples: Sequence[example_types.TaggedExample | None],
    tokenizer: tokenizers.Tokenizer,
    labels: Sequence[str],
    *,
    max_seq_length: int,
) -> item_features.Features:
    """Makes rows [CLS] pieces [SEP]; a long sentence becomes several rows.

    A row ends before the first word that does not fit. A word that is longer
    than a row starts a row and continues in the next. A word without pieces
    becomes <unk>.

    Args:
        examples: tagged sentences; None is skipped.
        tokenizer: encodes each word by itself, as if it followed a space.
        labels: the tags, in the order of the model's outputs.
        max_seq_length: maximum number of tokens in a row, at least 3.
    Returns:
        Features with the sequences token_ids, segment_ids (0), label (NO_LABEL
        in unlabeled sentences and at tokens that do not start a word) and word
        (the number of the word that starts at a token, or -1).
    Raises:
        ValueError: a tag is not in `labels`, or max_seq_length is too small.
    """
    if max_seq_length < 3:
        raise ValueError(
            "A row must have room for [CLS], a piece and [SEP]. Received: "
            f"max_seq_length={max_seq_length}. Use at least 3."
        )
    distinct = {word: 0 for item in examples if item for word in item.words}
    pieces = dict(zip(distinct, tokenizer.encode_batch(distinct), strict=True))
    number_of = {label: number for number, label in enumerate(labels)}
    names = ("token_ids", "segment_ids", "label", "word")
    sequences: dict[str, list[int]] = {name: [] for name in names}
    splits, example_of = [0], []
    for number, example in enumerate(examples):
        if example is None:
            continue
        numbers = _label_numbers(example, number_of)
        words = [pieces[word] or [tokenizer.unk_id] for word in example.words]
        for window in _windows(words, max_seq_length - 2):
            row = _row(window, numbers, tokenizer)
            for name, values in row.items():
                sequences[name] += values
            splits.append(len(sequences["token_ids"]))
            example_of.append(number)
    return item_features.Features(
        np.asarray(splits, np.int64),
        {name: np.asarray(sequences[name], np.int32) for name in names},
        {},
        np.asarray(example_of, np.int32),
    )


def of_words(
    values: np.ndarray,
    features: item_features.Features,
    examples: Sequence[example_types.TaggedExample | None],
) -> list[np.ndarray | None]:
    """The values at each word's first piece, [W, ...]; None for None.

    Args:
        values: [I, S, ...], values for each token.
        features: the features that `encode` made from `examples`.
        examples: tagged sentences; None for one that was skipped.
    """
    found = [
        None
        if example is None
        else np.empty((len(example.words), *values.shape[2:]), values.dtype)
        for example in examples
    ]
    count = 0
    splits = features.row_splits
    for item, number in enumerate(features.example.tolist()):
        words = features.sequences["word"][splits[item] : splits[item + 1]]
        (places,) = np.nonzero(words != _NO_WORD)
        found[number][words[places]] = values[item, places]
        count += len(places)
    assert count == sum(len(own) for own in found if own is not None)
    return found


# The part of a word in a window: the number of the word, its pieces in the
# window, and whether it starts there.
_Part = tuple[int, list[int], bool]


def _windows(words: list[list[int]], size: int) -> list[list[_Part]]:
    """Cuts a sentence into windows of at most `size` pieces."""
    windows: list[list[_Part]] = []
    room = 0
    for number, pieces in enumerate(words):
        if len(pieces) > room:
            windows.append([])
            room = size
        for start in range(0, len(pieces), size):
            if start:
                windows.append([])
                room = size
            part = pieces[start : start + size]
            windows[-1].append((number, part, start == 0))
            room -= len(part)
    return windows


def _row(
    window: list[_Part],
    numbers: list[int],
    tokenizer: tokenizers.Tokenizer,
) -> dict[str, list[int]]:
    tokens = [tokenizer.cls_id]
    label, word = [item_features.NO_LABEL], [_NO_WORD]
    for place, pieces, is_start in window:
        tokens += pieces
        rest = len(pieces) - is_start
        label += [numbers[place]] * is_start + [item_features.NO_LABEL] * rest
        word += [place] * is_start + [_NO_WORD] * rest
    return {
        "token_ids": [*tokens, tokenizer.sep_id],
        "segment_ids": [0] * (len(tokens) + 1),
        "label": [*label, item_features.NO_LABEL],
        "word": [*word, _NO_WORD],
    }


def _label_numbers(
    example: example_types.TaggedExample, number_of: dict[str, int]
) -> list[int]:
    if example.tags is None:
        return [item_features.NO_LABEL] * len(example.words)
    for tag in example.tags:
        if tag not in number_of:
            raise ValueError(
                f"Each tag must be one of the model's {len(number_of)}: "
                f"{' '.join(number_of)[:200]}. Received: {tag!r} in sentence "
                f"{example.id!r} ({' '.join(example.words[:5])[:60]} ...). "
                "Correct the tag, train on data that has it, or read the file "
                "without labels."
            )
    return [number_of[tag] for tag in example.tags]

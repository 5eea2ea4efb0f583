"""Each token that is explained is told by the characters it stands for."""

import pytest
import tensorflow as tf

from data_pipeline.answers import answer_modules
from data_pipeline.tasks import kinds
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizers

# Capitals, spaces, a ligature, marks and what is no piece of the vocabulary.
TEXTS = (
    "The cat  sees a HOUSE in winter.",
    "",
    "naïve ½ ﬁsh — 你好 😀 bridge",
    "The horse builds two apples. " * 3,
)
LENGTH = 24


@pytest.fixture(scope="module")
def tokenizer(vocabulary):
    return tokenizers.load(vocabulary)


def offsets(tokenizer, kind, *, num_texts=1, **strings):
    """By row: ids, and (start, end) of each token that is not padding."""
    row = {"kind": kind}
    if kind != answer_modules.PRETRAINING:
        labels = ["O", "B-x"] if kind == "tagging" else ["n", "y"]
        row = saved_tasks.row(
            kinds.custom_task(kind), labels, num_texts=num_texts
        )
    task = answer_modules.make(
        row, tokenizer, max_seq_length=LENGTH, doc_stride=5, max_query_length=6
    )["text"]
    strings = {name: tf.constant(values) for name, values in strings.items()}
    rows, context = task.rows(**strings)
    found = task.offsets(context, **strings)
    ids, mask = rows["token_ids"].numpy(), rows["padding_mask"].numpy() > 0
    spans = tf.stack([found["starts"], found["ends"]], axis=-1).numpy()
    assert spans.shape == (*ids.shape, 2)
    assert (spans[~mask] == -1).all()
    return [
        (list(ids[i, used]), [tuple(span) for span in spans[i, used]])
        for i, used in enumerate(mask)
    ]


def test_of_texts(tokenizer):
    found = offsets(tokenizer, "classification", texts=TEXTS)
    for text, (ids, spans) in zip(TEXTS, found, strict=True):
        right_ids, right = tokenizer.encode_with_offsets(text)
        assert ids[1:-1] == right_ids[: LENGTH - 2]
        assert spans == [(-1, -1), *right[: LENGTH - 2], (-1, -1)]


def test_of_pairs(tokenizer):
    first, second = TEXTS[0], TEXTS[2]
    ((ids, spans),) = offsets(
        tokenizer,
        "regression",
        num_texts=2,
        texts=[first],
        second_texts=[second],
    )
    middle = ids.index(tokenizer.sep_id)
    assert len(ids) == LENGTH
    for text, part in (
        (first, slice(1, middle)),
        (second, slice(middle + 1, LENGTH - 1)),
    ):
        right_ids, right = tokenizer.encode_with_offsets(text)
        count = len(ids[part])
        assert count and ids[part] == right_ids[:count]
        assert spans[part] == right[:count]
    assert spans[middle] == (-1, -1)


def test_of_masks(tokenizer):
    text = "The [MASK]sees [MASK][MASK] a ﬁsh"
    found = offsets(
        tokenizer, answer_modules.PRETRAINING, texts=["", text, "a", "[MASK]"]
    )
    ids, spans = found[1]
    is_mask = [i == tokenizer.mask_id for i in ids]
    assert [s for s, mask in zip(spans, is_mask, strict=True) if mask] == [
        (4, 10),
        (15, 21),
        (21, 27),
    ]
    # What stands between is told by its place in the whole text.
    between = text.replace("[MASK]", "      ")
    right = tokenizer.encode_with_offsets(between)[1]
    visible = [s for s in right if s[1] > s[0]]
    others = [
        span
        for span, mask in zip(spans[1:-1], is_mask[1:-1], strict=True)
        if not mask and span[1] > span[0]
    ]
    assert others == visible
    assert [spans for _, spans in found[2:]] == [
        [(-1, -1), (0, 1), (-1, -1)],
        [(-1, -1), *([(0, 0)] * (len(found[3][0]) - 3)), (0, 6), (-1, -1)],
    ]


def test_of_words_that_are_tagged(tokenizer):
    text = TEXTS[3]
    found = offsets(tokenizer, "tagging", texts=[text])
    assert len(found) > 1  # a long text becomes several rows
    words = {
        text[start:end]
        for _, spans in found
        for start, end in spans
        if start >= 0
    }
    assert words == {*"The horse builds two apples .".split()}


def test_of_questions_and_passages(tokenizer):
    question, passage = TEXTS[0], TEXTS[3]
    rows = offsets(
        tokenizer,
        "span",
        questions=[question, "", "a"],
        contexts=[passage, "cat", ""],
    )
    right_ids, right = tokenizer.encode_with_offsets(question)
    of_passage = tokenizer.encode_with_offsets(passage)[1]
    windows = rows[:-2]
    assert len(windows) > 1
    for ids, spans in windows:
        assert ids[1:7] == right_ids[:6]
        assert spans[1:7] == right[:6]
        assert spans[7] == spans[-1] == (-1, -1)
        first = of_passage.index(spans[8])
        assert spans[8:-1] == of_passage[first:][: len(spans) - 9]
    assert spans[-2] == of_passage[-1]
    assert [spans for _, spans in rows[-2:]] == [
        [
            (-1, -1),
            (-1, -1),
            *tokenizer.encode_with_offsets("cat")[1],
            (-1, -1),
        ],
        [(-1, -1), *tokenizer.encode_with_offsets("a")[1], (-1, -1), (-1, -1)],
    ]

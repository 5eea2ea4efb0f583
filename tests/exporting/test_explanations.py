"""Which pieces and entities exports name, and which texts they cut."""

import numpy as np
import pytest
import tensorflow as tf
from exported_heads import CASES
from exported_heads import SETTINGS

from data_pipeline.answers import answer_modules
from data_pipeline.tasks import kinds as task_kinds
from data_pipeline.tasks.saved import saved_tasks


@pytest.mark.parametrize("name", CASES)
def test_a_text_that_is_cut_is_marked(exports, name, tokenizer):
    kind, examples, _, _, answers = exports[name]
    size, longest = SETTINGS.max_seq_length, SETTINGS.max_qa_length

    def pieces(text):
        return len(tokenizer.encode(text))

    if kind == "multiple_choice":
        expected = [
            any(
                pieces(choice) > longest
                or pieces(e.context) + pieces(choice) > size - 3
                for choice in e.choices
            )
            for e in examples
        ]
    elif kind == "span":
        room = SETTINGS.max_query_length
        expected = [pieces(e.question) > room for e in examples]
        # It is explained by one part of a context.
        in_part = [
            pieces(e.context) > size - 3 - min(pieces(e.question), room)
            for e in examples
        ]
        explained = np.logical_or(expected, in_part)
        assert answers["explain"]["truncated"].tolist() == explained.tolist()
        assert len(set(explained)) == 2
    elif kind == "tagging":  # a long text becomes several rows
        expected = [False] * len(examples)
        assert not answers["words"]["truncated"].any()
    else:
        expected = [
            sum(map(pieces, e.texts)) > size - 1 - len(e.texts)
            for e in examples
        ]
        assert answers["explain"]["truncated"].tolist() == expected
    assert answers["text"]["truncated"].tolist() == expected
    assert kind == "tagging" or len(set(expected)) == 2


def test_entities_are_parts_of_the_text(exports):
    _, examples, _, _, answers = exports["tagging"]
    for found in (answers["text"], answers["words"]):
        check_entities(examples, found)


def check_entities(examples, found):
    count = 0
    for i, example in enumerate(examples):
        text = " ".join(example.words)
        for entity, start, end, share in zip(
            *(found[k][i] for k in ("entities", "starts", "ends")),
            found["probabilities"][i],
            strict=True,
        ):
            if start >= 0:
                assert text[start:end] == entity.decode() and 0 < share <= 1
                count += 1
    assert count > 5


def test_labels_of_words_are_no_entities(tokenizer):
    row = saved_tasks.row(task_kinds.custom_task("tagging"), ["N", "V-x"])
    task = answer_modules.make(row, tokenizer, max_seq_length=8)["text"]
    rows, context = task.rows(
        texts=tf.constant(["a b", "don't U.S. 3.5, 你好"])
    )
    logits = tf.one_hot(tf.ones_like(rows["token_ids"]), 2)
    found = task.answer({"logits": logits}, context)
    assert found["entities"].shape == (2, 0)
    assert [word.decode() for word in found["words"][1].numpy()] == (
        "don't U.S. 3.5 , 你 好".split()
    )
    assert found["tags"][0].numpy().tolist() == [b"V-x", b"V-x"] + 4 * [b""]


def test_importance_is_a_share_of_each_piece(exports):
    for name, (*_, answers) in exports.items():
        explained = answers["explain"]
        if name == "multiple_choice":
            assert explained is None
            continue
        importance = explained["importance"]
        used = explained["pieces"] != b""
        # Where there is no answer there is nothing to explain.
        total = np.ones(len(importance))
        if "span" in name:
            total *= answers["text"]["start"] >= 0
        np.testing.assert_allclose(importance.sum(axis=1), total, atol=1e-5)
        assert not importance[~used].any()
        starts, ends = explained["starts"], explained["ends"]
        assert (starts <= ends).all() and (starts[~used] == -1).all()
        assert ((ends > starts) & used).any()
        assert len(importance) == len(next(iter(answers["text"].values())))


@pytest.mark.parametrize("name", ["span", "conditional_span"])
def test_the_part_of_a_long_passage_that_has_the_answer_is_explained(
    exports, name
):
    *_, answers = exports[name]
    explained, in_later_windows = answers["explain"], 0
    is_separator = explained["pieces"] == b"[SEP]"
    of_passage = np.cumsum(is_separator, axis=1) == 1
    for row, start in enumerate(answers["text"]["start"]):
        starts = explained["starts"][row][of_passage[row]]
        ends = explained["ends"][row][of_passage[row]]
        if start >= 0:
            assert ((starts <= start) & (start < ends)).any()
            in_later_windows += starts[starts >= 0].min() > 0
    assert in_later_windows

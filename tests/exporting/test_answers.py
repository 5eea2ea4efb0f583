"""An export answers as the training side predicts, for every head, and says
which pieces and entities its answers rest on, and which texts were cut.

All heads are exported and asked in one process that has TensorFlow alone.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf
from exported_heads import NAMES
from exported_heads import SETTINGS
from exported_heads import make_model

from albert_tf import kinds
from albert_tf.exporting import savedmodel
from albert_tf.kinds import span
from albert_tf.spans import model as span_models
from data_pipeline.answers import answer_modules
from data_pipeline.tasks import kinds as task_kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks.data import encode
from data_pipeline.tasks.kinds import task_kind
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.tasks.tags import tag_schemes


def predict(kind, examples, row, model, tokenizer):
    """The training side's features, outputs and predictions."""
    task = task_kinds.custom_task(kind)
    part = splits.Split("dev", "file", examples, [e.id for e in examples])
    made = encode.features(task, part, row["labels"], tokenizer, SETTINGS)
    columns = made.rows_per_item
    shape = [len(made), columns, -1] if columns > 1 else [len(made), -1]
    names = ("token_ids", "segment_ids", "span_mask")
    inputs = {
        name: tf.reshape(made.tables[name].to_tensor(), shape)
        for name in names
        if name in made.tables
    }
    ones = made.tables["token_ids"].with_flat_values(
        tf.ones_like(made.sequences["token_ids"])
    )
    inputs["padding_mask"] = tf.reshape(ones.to_tensor(), shape)
    outputs = model(inputs)
    if isinstance(model, span_models.AlbertConditionalSpan):
        outputs = span.likeliest(outputs)
    outputs = {k: v.numpy() for k, v in outputs.items()}
    outputs |= kinds.constants_of(model)
    return outputs, task_kinds.of(task).predict(
        task_kind.Encoded(part, made),
        outputs,
        row["labels"],
        task_kind.AnswerOptions(),
    )


@pytest.mark.parametrize("name", NAMES)
def test_answers_are_the_predictions(exports, name, tokenizer):
    kind, examples, row, model, answers = exports[name]
    outputs, predicted = predict(kind, examples, row, model, tokenizer)
    found = answers["text"]
    if kind == "span":
        check_spans(found, predicted, row["null_score_threshold"], examples)
    elif kind == "tagging":
        check_tags(answers["words"], predicted, row["scheme"])
    elif kind == "regression":
        np.testing.assert_allclose(found["value"], predicted, atol=1e-5)
    elif kind == "multilabel":
        chosen = [
            tuple(np.array(row["labels"])[mask]) for mask in found["chosen"]
        ]
        assert chosen == predicted
        shares = 1 / (1 + np.exp(-outputs["logits"]))
        np.testing.assert_allclose(found["probabilities"], shares, atol=1e-5)
    else:
        shares = keras.ops.softmax(outputs["logits"])
        np.testing.assert_allclose(found["probabilities"], shares, atol=1e-5)
        assert np.ptp(found["probabilities"], axis=0).min() > 1e-3
        if kind == "multiple_choice":
            assert found["choice"].tolist() == predicted
        else:
            assert [x.decode() for x in found["label"]] == predicted


def check_spans(found, predicted, threshold, examples):
    for i, prediction in enumerate(predicted):
        assert found["best_answer"][i].decode() == prediction.best_text
        assert found["null_score"][i] == pytest.approx(
            prediction.null_score, abs=1e-5, rel=1e-6
        )
        text = prediction.best_text
        if threshold is not None:
            text = prediction.text(threshold)
        assert found["answer"][i].decode() == text
        if prediction.candidates:
            best = prediction.candidates[0]
            # Equal words at two places may score the same: rounding decides.
            start, end = found["start"][i], found["end"][i]
            assert examples[i].context[start:end] == best.text
            assert found["score"][i] == pytest.approx(best.score, abs=1e-5)
        else:
            assert found["start"][i] == -1
    texts = {prediction.best_text for prediction in predicted}
    assert len(texts) > 5


def check_tags(found, predicted, scheme):
    for i, tags in enumerate(predicted):
        expected = tag_schemes.from_bio(tags, scheme)
        tags_found = [tag.decode() for tag in found["tags"][i]]
        assert tags_found[: len(tags)] == expected
        assert not any(tags_found[len(tags) :])
    kinds_found = {tag for tags in predicted for tag in tags}
    assert len(kinds_found) > 1


def test_features(tokenizer, sizes):
    model = make_model("classification", "classification", "xy", sizes)
    row = saved_tasks.row(task_kinds.custom_task("classification"), "xy")
    tasks = answer_modules.make(row, tokenizer, max_seq_length=24)
    found = savedmodel.signatures(model, tasks, tokenizer.pieces)["features"](
        token_ids=tf.constant([[2, 7, 8, 3], [2, 9, 3, 0]]),
        segment_ids=tf.zeros([2, 4], tf.int32),
        padding_mask=tf.constant([[1, 1, 1, 1], [1, 1, 1, 0]]),
    )
    alone = model.encoder({"token_ids": tf.constant([[2, 9, 3]])})
    np.testing.assert_allclose(
        found["sequence_output"][1, :3], alone["sequence_output"][0], atol=1e-5
    )
    np.testing.assert_allclose(
        found["pooled_output"][1], alone["pooled_output"][0], atol=1e-5
    )


@pytest.mark.parametrize("name", NAMES)
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


@pytest.mark.parametrize(
    "name",
    [pytest.param("span", marks=pytest.mark.slow), "conditional_span"],
)
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

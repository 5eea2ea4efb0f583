"""An export answers as the training side predicts, for every head.

All heads are exported and asked in one process that has TensorFlow alone.
"""

import dataclasses
import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf import task_models
from albert_tf.exporting import savedmodel
from albert_tf.kinds import span
from data_pipeline.answers import answer_modules
from data_pipeline.tasks import example_types
from data_pipeline.tasks import kinds as task_kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks.data import encode
from data_pipeline.tasks.kinds import task_kind
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.tasks.tags import tag_schemes
from data_pipeline.text import tokenizers

SETTINGS = task_kind.RowLengths(
    max_seq_length=24, max_qa_length=9, doc_stride=5, max_query_length=6
)
# Runs with neither package on its path.
QUERY = """
import json, sys
import numpy as np
import tensorflow as tf
import tensorflow_text
for name, inputs in json.load(open("strings.json")).items():
    loaded = tf.saved_model.load(f"exports/{name}").signatures
    for signature, strings in inputs.items():
        if signature in loaded:
            strings = {k: tf.constant(v) for k, v in strings.items()}
            found = loaded[signature](**strings)
            found = {k: v.numpy() for k, v in found.items()}
            np.savez(f"{name}.{signature}.npz", **{
                k: v.astype("S") if v.dtype == object else v
                for k, v in found.items()})
assert not {"albert_tf", "data_pipeline"} & set(sys.modules)
"""
SENTENCES = (
    "The cat sees a house in winter.",
    "",
    "Every  day, the ｋｉｎｇ\u00a0crosses “the bridge”; it is 1,850!",
    "naïve ½ ﬁsh — 你好 😀",
    "The horse builds two apples. " * 6,
    "a letter before noon",
)
WORDS = [tuple(sentence.split()) or ("x",) for sentence in SENTENCES]
WORDS.append(("bridge",) * 30 + ("w" * 60,) + ("river",) * 3)


def text_examples(num_texts):
    texts = [(a, b)[:num_texts] for a in SENTENCES for b in SENTENCES]
    return [example_types.TextExample(str(i), t) for i, t in enumerate(texts)]


CHOICES = [
    example_types.ChoiceExample(str(i), text, (SENTENCES[i - 1], "it", text))
    for i, text in enumerate(SENTENCES)
]
CHOICES.append(example_types.ChoiceExample("short", "a", ("it", "a", "no")))
TAGGED = [example_types.TaggedExample("", words) for words in WORDS]
QUESTIONS = [
    example_types.SpanExample(str(i), question, context)
    for i, (question, context) in enumerate(
        (q, c) for q in SENTENCES for c in (*SENTENCES, "  é it  ")
    )
]
TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]


def strings_of(kind, examples):
    if kind == "multiple_choice":
        return {
            "texts": [e.context for e in examples],
            "choices": [e.choices for e in examples],
        }
    if kind == "tagging":
        return {"texts": [" ".join(e.words) for e in examples]}
    if kind == "span":
        return {
            "questions": [e.question for e in examples],
            "contexts": [e.context for e in examples],
        }
    names = ("texts", "second_texts")
    columns = zip(*(e.texts for e in examples), strict=True)
    return dict(zip(names, columns, strict=False))


CASES = {
    "classification": (
        "classification",
        text_examples(2),
        {"labels": "xyz", "num_texts": 2},
    ),
    "multilabel": ("multilabel", text_examples(1), {"labels": "xyz"}),
    "regression": ("regression", text_examples(1), {}),
    "multiple_choice": ("multiple_choice", CHOICES, {}),
    "tagging": ("tagging", TAGGED, {"labels": TAGS, "scheme": "BMES"}),
    "span": ("span", QUESTIONS, {}),
    "conditional_span": ("span", QUESTIONS, {}),
}


@pytest.fixture(scope="module")
def tokenizer(vocabulary):
    return tokenizers.load(vocabulary)


def make_model(name, kind, labels, sizes):
    # Weights whose answers differ from text to text, as the tests below ask.
    keras.utils.set_random_seed(5)
    config = albert_tf.AlbertConfig(**sizes, initializer_range=0.3)
    if name == "span":
        model = task_models.AlbertSpan(config)
    elif kind == "span":
        model = task_models.AlbertConditionalSpan(config)
    elif kind == "multiple_choice":
        model = task_models.AlbertMultipleChoice(config)
    elif kind == "tagging":
        model = task_models.AlbertTagger(config, len(labels))
    else:
        model = task_models.AlbertClassifier(config, len(labels) or 1)
    for weight in model.head.weights:  # large, so that answers differ
        weight.assign(keras.random.normal(weight.shape, seed=len(name)))
    return model


@pytest.fixture(scope="module")
def exports(tokenizer, sizes, tmp_path_factory):
    """By name: (kind, examples, row, model, {signature: outputs})."""
    folder = tmp_path_factory.mktemp("answers")
    cases, strings = {}, {}
    for name, (kind, examples, how) in CASES.items():
        row = saved_tasks.row(task_kinds.custom_task(kind), **how)
        if name == "conditional_span":
            row["null_score_threshold"] = 0.5
        model = make_model(name, kind, row["labels"], sizes)
        tasks = answer_modules.make(
            row, tokenizer, **dataclasses.asdict(SETTINGS)
        )
        savedmodel.save(
            model, tasks, tokenizer.pieces, str(folder / "exports" / name)
        )
        cases[name] = (kind, examples, row, model)
        texts = strings_of(kind, examples)
        strings[name] = {"text": texts, "explain": texts}
        if kind == "tagging":
            longest = max(len(e.words) for e in examples)
            padded = [[*e.words, *[""] * longest][:longest] for e in examples]
            strings[name]["words"] = {"words": padded}
    (folder / "strings.json").write_text(json.dumps(strings))
    outcome = subprocess.run(
        [sys.executable, "-c", QUERY],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": ""},
    )
    assert outcome.returncode == 0, outcome.stderr[-3000:]

    def load(name, signature):
        path = folder / f"{name}.{signature}.npz"
        return dict(np.load(path)) if path.exists() else None

    return {
        name: (*case, {s: load(name, s) for s in ("text", "words", "explain")})
        for name, case in cases.items()
    }


def predict(kind, examples, row, model, tokenizer):
    """The training side's features, outputs and predictions."""
    task = task_kinds.custom_task(kind)
    split = splits.Split("dev", "file", examples, [e.id for e in examples])
    made = encode.features(task, split, row["labels"], tokenizer, SETTINGS)
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
    if isinstance(model, task_models.AlbertConditionalSpan):
        outputs = span.likeliest(outputs)
    outputs = {k: v.numpy() for k, v in outputs.items()}
    return outputs, task_kinds.of(task).predict(
        task_kind.Encoded(split, made),
        outputs,
        row["labels"],
        task_kind.AnswerOptions(),
    )


@pytest.mark.parametrize("name", CASES)
def test_answers_are_the_predictions(exports, name, tokenizer):
    kind, examples, row, model, answers = exports[name]
    outputs, predicted = predict(kind, examples, row, model, tokenizer)
    found = answers["text"]
    if kind == "span":
        check_spans(found, predicted, row["null_score_threshold"])
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


def check_spans(found, predicted, threshold):
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
            assert found["start"][i] == best.start_character
            assert found["end"][i] == best.end_character
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

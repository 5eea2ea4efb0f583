"""A model of each head, exported, and asked where there is only TensorFlow."""

import keras
import pytest

import albert_tf
from albert_tf import task_models
from albert_tf.spans import model as span_models
from data_pipeline.tasks import example_types
from data_pipeline.tasks.kinds import max_lengths

SETTINGS = max_lengths.RowLengths(
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
    "crf": ("tagging", TAGGED, {"labels": TAGS, "scheme": "BIO"}),
    "span": ("span", QUESTIONS, {}),
    "conditional_span": ("span", QUESTIONS, {}),
}


def make_model(name, kind, labels, sizes):
    # Weights whose answers differ from text to text, as the tests below ask.
    keras.utils.set_random_seed(5)
    config = albert_tf.AlbertConfig(**sizes, initializer_range=0.3)
    if name == "crf":
        model = albert_tf.AlbertCrfTagger(config, len(labels))
    elif name == "span":
        model = span_models.AlbertSpan(config)
    elif kind == "span":
        model = span_models.AlbertConditionalSpan(config)
    elif kind == "multiple_choice":
        model = task_models.AlbertMultipleChoice(config)
    elif kind == "tagging":
        model = task_models.AlbertTagger(config, len(labels))
    else:
        model = task_models.AlbertClassifier(config, len(labels) or 1)
    seed = len(name) if name != "crf" else 34
    for weight in model.head.weights:  # large, so that answers differ
        weight.assign(keras.random.normal(weight.shape, seed=seed))
    return model


# Other heads are exported by slow tests.
_FAST = {"classification", "tagging", "conditional_span"}
NAMES = [
    name if name in _FAST else pytest.param(name, marks=pytest.mark.slow)
    for name in CASES
]

"""Answers of exports on whole development sets: those of evaluation."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf import task_models
from albert_tf.exporting import gate
from albert_tf.exporting import ids_function
from albert_tf.exporting import savedmodel
from albert_tf.spans import model as span_models
from data_pipeline.answers import answer_modules
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.data import labelled_sample
from data_pipeline.tasks.data import split_files
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.kinds import max_lengths
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.tasks.tags import tag_features
from data_pipeline.tasks.tags import tag_schemes
from data_pipeline.text import tokenizers

pytestmark = [pytest.mark.shared, pytest.mark.slow]

LENGTH = 96
WHERE = {
    "cola": ({"data_dir": "glue"}, task_models.AlbertClassifier),
    "rte": ({"data_dir": "glue"}, task_models.AlbertClassifier),
    "sts-b": ({"data_dir": "glue"}, task_models.AlbertClassifier),
    "race": ({"data_dir": "race"}, task_models.AlbertMultipleChoice),
    "tagging": ({"data_dir": "ner/conll2003"}, task_models.AlbertTagger),
    "squad1": ({"file": "squad/answerable.json"}, span_models.AlbertSpan),
    "squad2": (
        {"file": "squad/dev-v2.0-part.json"},
        span_models.AlbertConditionalSpan,
    ),
}


def answerable(path, folder):
    """SQuAD 1.1's layout of the questions that have an answer."""
    content = json.loads(path.read_text())
    for article in content["data"]:
        for paragraph in article["paragraphs"]:
            paragraph["qas"] = [
                qa for qa in paragraph["qas"] if not qa["is_impossible"]
            ]
    new = folder / "answerable.json"
    new.write_text(json.dumps(content))
    return new


def source(where, shared, folder):
    data = shared / "data"
    if "data_dir" in where:
        return splits.DataSource(data_dir=str(data / where["data_dir"]))
    path = data / "squad/dev-v2.0-part.json"
    if "answerable" in where["file"]:
        path = answerable(path, folder)
    return splits.DataSource(files={"dev": str(path)})


def ask(signature, examples, kind):
    """Answers of 32 examples at a time, as rows of dicts."""
    rows = []
    for first in range(0, len(examples), 32):
        chunk = examples[first : first + 32]
        if kind == "multiple_choice":
            strings = {
                "texts": [e.context for e in chunk],
                "choices": [e.choices for e in chunk],
            }
        elif kind == "tagging":
            longest = max(len(e.words) for e in chunk)
            strings = {
                "words": [(e.words + ("",) * longest)[:longest] for e in chunk]
            }
        elif kind == "span":
            strings = {
                "questions": [e.question for e in chunk],
                "contexts": [e.context for e in chunk],
            }
        else:
            names = ("texts", "second_texts")
            columns = zip(*(e.texts for e in chunk), strict=True)
            strings = dict(zip(names, map(list, columns), strict=False))
        found = signature(**{k: tf.constant(v) for k, v in strings.items()})
        found = {k: v.numpy() for k, v in found.items()}
        rows += [{k: v[i] for k, v in found.items()} for i in range(len(chunk))]
    return rows


@pytest.mark.parametrize("name", WHERE)
def test_whole_development_set(name, shared, tmp_path):
    where, model_class = WHERE[name]
    task = table.named(name)
    tokenizer = tokenizers.load(shared / "data/vocab/30k-clean.model")
    place = source(where, shared, tmp_path)
    labels = list(task.labels)
    if name == "tagging":
        train = split_files.read(task, "train", place, labelled=True)
        labels = tag_features.learn_labels(train.examples)
    data = task_data.TaskData(
        task,
        place,
        labels,
        tokenizer,
        max_lengths.RowLengths(max_seq_length=LENGTH),
        (LENGTH,),
    )
    sample = labelled_sample.LabelledSample(data, 10_000)
    encoded = sample.encoded
    assert len(encoded.split.examples) > 200
    counts = (task_models.AlbertClassifier, task_models.AlbertTagger)
    options = {"num_classes": data.num_classes} if model_class in counts else {}
    config = albert_tf.AlbertConfig(
        vocab_size=30_000,
        embedding_size=16,
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=LENGTH,
        initializer_range=0.3,
    )
    # With other weights, two tags may be equal but for the last bit.
    keras.utils.set_random_seed(1)
    model = model_class(config, **options)
    for weight in model.head.weights:
        weight.assign(keras.random.normal(weight.shape, seed=1))
    outputs = gate.predict(
        ids_function.runner(model), sample.batches(batch_size=32)
    )
    predicted = data.predictions(encoded, outputs).predicted

    row = saved_tasks.row(task, labels, "BIO", len(task.columns))
    tasks = answer_modules.make(row, tokenizer, max_seq_length=LENGTH)
    signature = savedmodel.signatures(model, tasks, tokenizer.pieces)[
        "words" if name == "tagging" else "text"
    ]
    answers = ask(signature, encoded.split.examples, task.kind)
    for example, answer, prediction in zip(
        encoded.split.examples, answers, predicted, strict=True
    ):
        check(task.kind, answer, prediction, example)
    if task.kind in ("classification", "multiple_choice"):
        shares = keras.ops.softmax(outputs["logits"])
        found = np.stack([answer["probabilities"] for answer in answers])
        np.testing.assert_allclose(found, shares, atol=1e-5)


def check(kind, answer, prediction, example):
    if kind == "span":
        best = prediction.candidates[0]
        assert answer["best_answer"].decode() == best.text
        assert answer["start"] == best.start_character
        assert answer["end"] == best.end_character
        assert answer["score"] == pytest.approx(best.score, abs=1e-5, rel=1e-6)
        assert answer["null_score"] == pytest.approx(
            prediction.null_score, abs=1e-5, rel=1e-6
        )
    elif kind == "tagging":
        tags = [tag.decode() for tag in answer["tags"]]
        expected = tag_schemes.from_bio(prediction, "BIO")
        assert tags[: len(example.words)] == expected
    elif kind == "regression":
        assert answer["value"] == pytest.approx(prediction, abs=1e-5)
    elif kind == "multiple_choice":
        assert answer["choice"] == prediction
    else:
        assert answer["label"].decode() == prediction

"""An export answers as the training side predicts, for every head.

All heads are exported and asked in one process that has TensorFlow alone.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf
from exported_heads import CASES
from exported_heads import SETTINGS
from exported_heads import make_model

from albert_tf import task_models
from albert_tf.exporting import savedmodel
from albert_tf.kinds import span
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
    if isinstance(model, task_models.AlbertConditionalSpan):
        outputs = span.likeliest(outputs)
    outputs = {k: v.numpy() for k, v in outputs.items()}
    return outputs, task_kinds.of(task).predict(
        task_kind.Encoded(part, made),
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

"""Models as they are published, exported."""

import json

import commands
import pytest
import tensorflow as tf
from published_runs import evaluate
from published_runs import without_head

from data_pipeline.tasks.saved import saved_tasks


def exported(checkpoint, folder, *switches, **flags):
    message = commands.run(
        "albert_tf.export",
        *switches,
        checkpoint=checkpoint,
        output=folder,
        **{"formats": "savedmodel", **flags},
    )
    return message


@pytest.mark.slow
def test_an_exported_tagger_gives_entities(make_published, tmp_path):
    checkpoint = make_published(
        *("O", "B-PER", "I-PER"),
        first=1,
        class_name="AlbertForTokenClassification",
    )
    assert exported(checkpoint, tmp_path / "tags") is None
    answer = tf.saved_model.load(str(tmp_path / "tags")).signatures["text"](
        texts=tf.constant(["Ada comes"])
    )
    assert answer["entities"].numpy().tolist() == [[b"Ada", b"comes"]]
    saved = saved_tasks.read(str(tmp_path / "tags"))
    assert saved.tasks["custom"]["labels"] == ["O", "B-PER", "I-PER"]


def test_an_export_with_labels_has_a_task_file(make_published, tmp_path):
    checkpoint = make_published(
        "a", "b", problem_type="multi_label_classification"
    )
    message = exported(checkpoint, tmp_path / "other", labels="x,y,z")
    assert "2 classes" in message and not (tmp_path / "other").exists()
    flags = {"labels": "x,y", "formats": "huggingface"}
    assert exported(checkpoint, tmp_path / "named", **flags) is None
    row = saved_tasks.read(str(tmp_path / "named")).tasks["custom"]
    assert row["kind"] == "multilabel" and row["labels"] == ["x", "y"]
    config = json.loads(
        (tmp_path / "named/huggingface/config.json").read_text()
    )
    assert config["id2label"] == {"0": "x", "1": "y"}
    assert config["problem_type"] == "multi_label_classification"
    # With the data of its own, as any export.
    path = tmp_path / "own.csv"
    path.write_text("text,label\na house,x\nthe road,x|y\n")
    message, scores = evaluate(
        tmp_path / "named/huggingface",
        tmp_path,
        task_name="custom",
        eval_file=path,
    )
    assert message is None and scores["micro_f1"] == pytest.approx(0.8)


def test_an_untrained_head_is_not_exported(make_published, tmp_path):
    checkpoint = without_head(make_published("a", "b"))
    message = exported(checkpoint, tmp_path / "export")
    assert "masked_lm" in message and "--allow_partial_init" in message
    # This format holds the encoder alone.
    flags = {"formats": "huggingface"}
    assert exported(checkpoint, tmp_path / "there", **flags) is None

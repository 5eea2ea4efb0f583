"""Models as they are published, evaluated, predicted with and exported."""

import json

import commands
import numpy as np
import published
import pytest
from published_runs import evaluate
from published_runs import newest
from published_runs import without_head

from data_pipeline.tasks.saved import saved_tasks

NLI = ("entailment", "neutral", "contradiction")


MNLI_HEADER = (
    "index\tpromptID\tpairID\tgenre\tsentence1_binary_parse\t"
    "sentence2_binary_parse\tsentence1_parse\tsentence2_parse\tsentence1\t"
    "sentence2\tlabel1\tgold_label\n"
)


@pytest.fixture
def glue(tmp_path):
    """Six pairs of MNLI, all of them entailed, and three of SST-2."""
    (tmp_path / "MNLI").mkdir()
    row = "\t".join([*"01234567", "a cat sees it", "it", "x", "entailment\n"])
    for part in ("matched", "mismatched"):
        path = tmp_path / f"MNLI/dev_{part}.tsv"
        path.write_text(MNLI_HEADER + row * 6)
    (tmp_path / "SST-2").mkdir()
    rows = "a house\t1\nthe road\t1\nthe river\t0\n"
    (tmp_path / "SST-2/dev.tsv").write_text("sentence\tlabel\n" + rows)
    return tmp_path


@pytest.mark.parametrize(
    "labels, accuracy",
    [
        (NLI, 1.0),
        (("Contradiction", "NEUTRAL", "Entailment"), 0.0),
        (("ENTAILMENT", "Contradiction", "neutral"), 1.0),
    ],
)
def test_classes_in_another_order(
    make_published, glue, tmp_path, labels, accuracy
):
    message, scores = evaluate(
        make_published(*labels), tmp_path, task_name="mnli", data_dir=glue
    )
    assert message is None
    assert scores["dev_matched/accuracy"] == accuracy


def test_classes_that_are_numbers_here(make_published, glue, tmp_path):
    _, scores = evaluate(
        make_published("POSITIVE", "NEGATIVE"),
        tmp_path,
        task_name="sst-2",
        data_dir=glue,
    )
    assert scores["accuracy"] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    "task, labels", [("mnli", ("yes", "no", "maybe")), ("sst-2", NLI)]
)
def test_classes_that_no_name_joins(
    make_published, glue, tmp_path, task, labels
):
    message, scores = evaluate(
        make_published(*labels), tmp_path, task_name=task, data_dir=glue
    )
    assert ", ".join(labels) in message and "must have the classes" in message
    assert scores is None
    assert "contradiction" in message if task == "mnli" else "0, 1" in message


def test_classes_without_names(make_published, glue, tmp_path, caplog):
    checkpoint = make_published("LABEL_0", "LABEL_1", "LABEL_2")
    flags = {"task_name": "mnli", "data_dir": glue}
    _, scores = evaluate(checkpoint, tmp_path, **flags)
    assert scores["dev_matched/accuracy"] == 0.0  # Google's order
    assert "assumed to be contradiction, entailment, neutral" in caplog.text
    _, scores = evaluate(checkpoint, tmp_path, labels=",".join(NLI), **flags)
    assert scores["dev_matched/accuracy"] == 1.0


def test_own_data_without_a_training_file(make_published, tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("text,label\na house,good\nthe road,bad\n")
    checkpoint = make_published("good", "bad")
    message, scores = evaluate(
        checkpoint,
        tmp_path,
        "do_predict",
        task_name="custom",
        eval_file=path,
        predict_file=path,
    )
    assert message is None and scores["accuracy"] == 0.5
    rows = (tmp_path / "run/test_predictions.tsv").read_text().splitlines()
    assert rows[0].split("\t") == ["index", "prediction", "good", "bad"]
    assert rows[1].split("\t")[:2] == ["0", "good"]

    message, _ = evaluate(
        checkpoint,
        tmp_path,
        task_name="custom",
        task_type="tagging",
        eval_file=path,
    )
    assert "no tagging" in message


def test_own_data_of_several_labels(make_published, tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("text,label\na house,insult\nthe road,toxic|insult\n")
    checkpoint = make_published(
        "toxic", "obscene", "insult", problem_type="multi_label_classification"
    )
    message, scores = evaluate(
        checkpoint, tmp_path, task_name="custom", eval_file=path
    )
    assert message is None
    # Toxic is said of both, and never another label.
    assert scores["micro_f1"] == pytest.approx(2 * 1 / (2 + 3))
    message, _ = evaluate(
        checkpoint,
        tmp_path,
        task_name="custom",
        task_type="classification",
        eval_file=path,
    )
    assert "--task_type=multilabel" in message


@pytest.mark.parametrize(
    "labels", [("B-PER", "I-PER", "O"), ("S-PER", "B-PER", "E-PER", "O")]
)
def test_own_tags(make_published, tmp_path, labels):
    path = tmp_path / "own.conll"
    path.write_text("Ada B-PER\ncomes O\n\nBob B-PER\n")
    checkpoint = make_published(
        *labels, class_name="AlbertForTokenClassification"
    )
    message, scores = evaluate(
        checkpoint, tmp_path, task_name="custom", eval_file=path
    )
    assert message is None
    assert scores["f1"] == pytest.approx(0.8)  # both found, and one too many
    path = newest(tmp_path / "run") / "dev_predictions.txt"
    written = path.read_text()
    assert written.split()[:3] == ["Ada", "B-PER", "B-PER"]  # as in the file


def test_tags_that_only_a_flag_names(make_published, tmp_path):
    path = tmp_path / "own.conll"
    path.write_text("Ada B-PER\ncomes O\n\nBob B-PER\n")
    checkpoint = make_published(
        *("LABEL_0", "LABEL_1", "LABEL_2"),
        class_name="AlbertForTokenClassification",
    )
    flags = {"task_name": "custom", "eval_file": path}
    message, _ = evaluate(checkpoint, tmp_path, **flags)
    assert "--labels" in message
    flags["labels"] = "B-PER,I-PER,O"
    message, scores = evaluate(checkpoint, tmp_path, **flags)
    assert message is None and scores["f1"] == pytest.approx(0.8)


@pytest.mark.parametrize("task", ["squad2", "custom"])
def test_the_span_head_that_the_file_has(
    vocabulary, sizes, tmp_path, task, caplog
):
    checkpoint = published.write(
        *(tmp_path / "model", vocabulary, sizes, np.zeros(2)),
        class_name="AlbertForQuestionAnswering",
    )
    # Each start and end is as likely as none, so a short answer is found.
    question = {
        "id": "1",
        "question": "Who?",
        "answers": [{"text": "the", "answer_start": 0}],
    }
    paragraph = {"context": "the cat", "qas": [question]}
    path = tmp_path / "dev.json"
    path.write_text(json.dumps({"data": [{"paragraphs": [paragraph]}]}))
    flags = {"task_name": task, "eval_file": path}
    flags |= {"null_score_threshold": 1.0, "max_query_length": 16}
    message, scores = evaluate(checkpoint, tmp_path, **flags)
    assert message is None and "exact" in scores
    assert "conditional_span" not in caplog.text
    path = newest(tmp_path / "run") / "null_odds.json"
    odds = json.loads(path.read_text())
    assert odds == {"1": 0.0}
    message, _ = evaluate(
        checkpoint, tmp_path, span_head="conditional", **flags
    )
    assert "the head span and no conditional_span" in message


def test_an_untrained_head_is_not_evaluated(make_published, glue, tmp_path):
    flags = {"task_name": "sst-2", "data_dir": glue}
    tagger = make_published(
        "O", "B-X", class_name="AlbertForTokenClassification"
    )
    message, scores = evaluate(tagger, tmp_path, **flags)
    assert "a model for tagging" in message and scores is None

    encoder = without_head(make_published("a", "b"))
    message, scores = evaluate(encoder, tmp_path, **flags)
    assert "no classifier" in message and scores is None
    message, scores = evaluate(encoder, tmp_path, "allow_partial_init", **flags)
    assert message is None and scores


def test_a_pruned_model_answers_the_same_question(make_published, tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("text,label\na house,good\nthe road,bad\n")
    message = commands.run(
        "albert_tf.compression.prune",
        checkpoint=make_published("good", "bad"),
        output=tmp_path / "pruned",
        keep_heads=1,
        task_name="custom",
        task_type="classification",
        train_file=path,
        max_seq_length=16,
        batch_size=2,
        num_batches=1,
    )
    assert message is None
    row = saved_tasks.read(str(tmp_path / "pruned")).tasks["custom"]
    assert (row["kind"], row["labels"]) == ("classification", ["good", "bad"])

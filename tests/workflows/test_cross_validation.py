"""albert_tf.finetune with folds: a run for each, predictions of all rows."""

import csv
import json
import pathlib
import statistics

import commands
import pytest

import albert_tf
from albert_tf.training import stopping
from albert_tf.workflows.finetuning import evaluate


def settings(vocabulary, folder, **others):
    return {
        "task_name": "custom",
        "task_type": "classification",
        "train_file": folder / "train.csv",
        "albert_config_file": folder / "config.json",
        "spm_model_file": vocabulary,
        "max_seq_length": 16,
        "train_batch_size": 4,
        "train_step": 2,
        "eval_steps": 2,
        "learning_rate": 0.001,
        "strategy": "one_device",
        "output_dir": folder / "cv",
        "do_train": True,
        "folds": 2,
        **others,
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory, sizes):
    folder = tmp_path_factory.mktemp("folds")
    rows = [
        f"the {'cat king'.split()[n % 2]} {n},{'ab'[n % 2]}\n" for n in range(9)
    ]
    (folder / "train.csv").write_text("".join(["text,label\n", *rows]))
    (folder / "config.json").write_text(
        json.dumps({**sizes, "initializer_range": 0.1})
    )
    return folder


@pytest.fixture(scope="module")
def result(folder, vocabulary):
    """Stopped in the second fold, and started again."""
    config = albert_tf.FinetuneConfig(**settings(vocabulary, folder))
    with pytest.MonkeyPatch.context() as patch:
        record, calls = evaluate.record, []

        def stopped_later(*arguments, **options):
            calls.append(arguments)
            if len(calls) == 2:
                raise stopping.Stopped("Asked to stop.")
            return record(*arguments, **options)

        patch.setattr(evaluate, "record", stopped_later)
        with pytest.raises(stopping.Stopped):
            albert_tf.finetune(config)
    kept = folder / "cv" / "fold_1" / "metrics.jsonl"
    before = kept.read_text()
    found = albert_tf.finetune(config)
    assert kept.read_text() == before
    return found


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_each_row_is_predicted_by_a_model_that_has_not_seen_it(folder, result):
    rows = rows_of(result.folds.predictions)
    assert [row["index"] for row in rows] == [str(n) for n in range(9)]
    assert [row["label"] for row in rows] == ["ab"[n % 2] for n in range(9)]
    for fold in (1, 2):
        held = rows_of(folder / f"cv/fold_{fold}/held_out_predictions.tsv")
        own = [row for row in rows if row["fold"] == str(fold)]
        assert [row["index"] for row in held] == [row["index"] for row in own]
        for row, other in zip(own, held, strict=True):
            assert row["prediction"] == other["prediction"]
            assert float(row["probability"]) == pytest.approx(
                float(other[row["prediction"]]), abs=1e-5
            )


def test_means_deviations_and_the_metrics_of_all_rows(folder, result):
    found = json.loads((folder / "cv/cross_validation.json").read_text())
    each = [
        json.loads((folder / f"cv/fold_{n}/eval_results.json").read_text())
        for n in (1, 2)
    ]
    for name in ("score", "accuracy", "loss"):
        values = [one[name] for one in each]
        assert found["mean"][name] == pytest.approx(statistics.mean(values))
        assert found["standard_deviation"][name] == pytest.approx(
            statistics.stdev(values)
        )
    rows = rows_of(result.folds.predictions)
    right = sum(row["label"] == row["prediction"] for row in rows)
    assert result.folds.out_of_fold["accuracy"] == pytest.approx(right / 9)
    assert result.folds.out_of_fold["rows"] == 9
    weighted = sum(one["loss"] * one["rows"] for one in each) / 9
    assert result.folds.out_of_fold["loss"] == pytest.approx(weighted)
    assert result.metrics == result.folds.mean
    assert "all rows out of fold" in result.folds.table
    assert result.checkpoint is None


def test_the_file_is_one_that_metrics_scores(folder, result, capsys):
    commands.run(
        "albert-tf metrics",
        task_name="custom",
        task_type="classification",
        data_file=folder / "train.csv",
        predictions=result.folds.predictions,
    )
    shown = json.loads(capsys.readouterr().out)
    assert shown["accuracy"] == pytest.approx(
        result.folds.out_of_fold["accuracy"]
    )


@pytest.mark.slow
def test_one_fold_alone_is_the_same_run(folder, result, vocabulary, tmp_path):
    given = settings(vocabulary, folder, output_dir=tmp_path / "cv", fold=2)
    alone = albert_tf.finetune(albert_tf.FinetuneConfig(**given))
    assert pathlib.Path(alone.output_dir) == tmp_path / "cv" / "fold_2"
    expected = result.folds.folds[2]
    assert alone.metrics["loss"] == expected["loss"]


def test_a_fold_is_evaluated_on_its_own_rows(folder, result):
    model = str(folder / "cv/fold_2")
    found = albert_tf.evaluate(
        albert_tf.EvaluateConfig(checkpoint=model, strategy="one_device")
    )
    assert found.metrics["loss"] == result.folds.folds[2]["loss"]
    with pytest.raises(FileNotFoundError, match="fold_1, fold_2. Name one of"):
        albert_tf.load(folder / "cv")


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind, rows, named",
    [
        (
            "tagging",
            "".join(f"the cat {n},O B-X O\n" for n in range(6)),
            "words,tags",
        ),
        (
            "regression",
            "".join(f"the cat {n},{n / 2}\n" for n in range(6)),
            "text,label",
        ),
        (
            "multilabel",
            "".join(f"the cat {n},{'ab'[: n % 3]}\n" for n in range(6)),
            "text,label",
        ),
        (
            "span",
            "".join(f"the cat {n} sat,what sat,cat\n" for n in range(6)),
            "context,question,answer",
        ),
    ],
)
def test_other_kinds(kind, rows, named, folder, vocabulary, tmp_path):
    (tmp_path / "train.csv").write_text(f"{named}\n{rows}")
    (tmp_path / "config.json").write_text((folder / "config.json").read_text())
    given = settings(vocabulary, tmp_path, task_type=kind, train_step=1)
    found = albert_tf.finetune(albert_tf.FinetuneConfig(**given)).folds
    rows = rows_of(found.predictions)
    assert {row["fold"] for row in rows} == {"1", "2"}
    if kind in ("multilabel", "tagging"):
        for row in rows:
            answers = json.loads(row["prediction"])
            assert len(json.loads(row["probability"])) == len(answers)
    elif kind == "span":
        assert all(row["prediction"] in "the cat 012345 sat" for row in rows)
        assert "f1" in found.out_of_fold
    else:
        assert all(float(row["prediction"]) for row in rows)
        assert "pearson" in found.out_of_fold


@pytest.mark.parametrize(
    "changes, message",
    [
        (
            {"do_train": False, "do_eval": True},
            "--folds must be used with --do_",
        ),
        ({"do_predict": True}, "--folds and --do_predict must not be combined"),
        ({"num_seeds": 2}, "Only one of --folds and --num_seeds"),
        ({"task_name": "rte,cola"}, "--folds must be used with one task"),
        ({"folds": 10}, "which has 9 different texts in 9 rows"),
        ({"task_type": "embedding"}, "a prediction for each row"),
    ],
)
def test_what_does_not_go_together(
    changes, message, folder, vocabulary, tmp_path
):
    given = {"output_dir": tmp_path / "cv", **changes}
    given = settings(vocabulary, folder, **given)
    with pytest.raises(ValueError, match=message):
        albert_tf.finetune(albert_tf.FinetuneConfig(**given))
    assert not list(tmp_path.rglob("run.json"))

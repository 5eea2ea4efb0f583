"""Model cards: what the run wrote down, and nothing else."""

import json

import pytest

import albert_tf
from albert_tf import kinds
from albert_tf.exporting import gate
from albert_tf.exporting import latency
from albert_tf.exporting.card import card as model_card
from albert_tf.exporting.card import run as card_run
from albert_tf.exporting.card import text as card_text

WEIGHTS, OTHERS = "ab" * 32, "cd" * 32
DATA = {"file": "dev.csv", "part": "dev", "sha256": "1a2b" * 4, "rows": 1500}


def evaluation(**changes):
    return {
        "checkpoint": "best/ckpt-600",
        "step": 600,
        "weights": WEIGHTS[:16],
        "data": {"sst-2": [DATA]},
        "settings": {"max_seq_length": 64},
        "results": {"score": 0.8, "accuracy": 0.8125, "f1/PER": 0.5},
        **changes,
    }


def result(original=0.8125, metric="accuracy"):
    return gate.Result(
        format="int8",
        metric=metric,
        original=original,
        exported=original - 0.0045,
        largest_difference=0.25,
    )


def facts(sizes, **changes):
    return model_card.Facts(
        **{
            "name": "mine",
            "kind": "classification",
            "task": "sst-2",
            "labels": ["bad", "good"],
            "num_texts": 1,
            "max_seq_length": 64,
            "config": albert_tf.AlbertConfig(**sizes),
            "parameters": 12345,
            "input_names": ("token_ids", "segment_ids", "padding_mask"),
            "files": {
                "savedmodel": ["saved_model.pb"],
                "litert": ["model_int8.tflite"],
                "onnx": ["model.onnx"],
                "huggingface": ["model.safetensors"],
            },
            "sizes": {"onnx/model.onnx": 54321},
            "checkpoint": "best/ckpt-600",
            "weights": WEIGHTS,
            **changes,
        }
    )


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "best").mkdir()
    settings = {
        "learning_rate": 2e-4,
        "data": {"sst-2": "0ca545d71e3d6052f297"},
        "environment": {
            "command": ["run_classifier.py", "--do_eval", "--data_dir=a b"]
        },
    }
    (tmp_path / "run.json").write_text(json.dumps(settings))
    (tmp_path / "evaluation.json").write_text(json.dumps(evaluation()))
    return tmp_path


@pytest.mark.parametrize("place", ["", "best", "best/ckpt-7", "ckpt-9"])
def test_what_the_run_wrote_down(sizes, folder, place):
    run = card_run.read(str(folder / place))
    text = model_card.card(
        facts(
            sizes,
            license="cc-by-4.0",
            machine="2 cores",
            results=[result()],
            compared_on={**DATA, "rows": 1000, "of": 1500},
            latencies=[
                latency.Latency(
                    format="int8", max_seq_length=64, milliseconds=2.346
                )
            ],
        ),
        run,
    )
    assert "Checkpoint: best/ckpt-600 (step 600)." in text
    assert (
        "best/ckpt-600 (step 600) on 1,500 rows of dev.csv (dev; SHA-256 "
        "1a2b1a2b...), with at most 64 tokens:" in text
    )
    assert "| accuracy | 0.8125 |" in text and "f1/PER" not in text
    assert "on the first 1,000 of 1,500 rows of dev.csv (dev; SHA" in text
    assert "| int8 | accuracy | 0.8125 | 0.8080 | 0.25 |" in text
    assert "| int8 | 64 | 2.35 |" in text and "on 2 cores" in text
    assert "| learning_rate | 0.0002 |" in text
    command = "    python run_classifier.py --do_eval '--data_dir=a b'"
    assert text.count(command) == 1
    assert "12,345 parameters" in text and "bad, good" in text
    assert "| onnx/model.onnx | 54,321 |" in text
    assert "Weights: cc-by-4.0." in text
    lines = text.split("---\n")[1].splitlines()
    front = dict(line.split(": ", 1) for line in lines)
    assert front["pipeline_tag"] == "text-classification"
    assert json.loads(front["license"]) == "cc-by-4.0"
    (found,) = json.loads(front["model-index"])[0]["results"]
    assert found["metrics"] == [{"type": "accuracy", "value": 0.8125}]
    assert found["dataset"] == {"name": "dev.csv", "type": "sst-2"}
    for call in (
        'signatures["text"](texts=tf.constant([',
        'call_endpoint="features"',
        "mine/litert/model_int8.tflite",
        "mine/onnx/model.onnx",
        'pipeline("text-classification", "mine/huggingface")',
        "albert-tf serve",
    ):
        assert call in text, call


def card(sizes, *evaluations, **changes):
    return model_card.card(
        facts(sizes, **changes), card_run.Run({}, evaluations)
    )


def test_evaluations_of_other_weights_are_left_out(sizes, caplog):
    text = card(
        sizes,
        evaluation(weights=OTHERS[:16], results={"accuracy": 0.6014}),
        evaluation(results={"accuracy": 0.5844}),
    )
    assert "0.5844" in text and "0.6014" not in text
    text = card(sizes, evaluation(weights=OTHERS[:16]))
    assert "Unknown: the recorded evaluations are of other weights" in text
    assert "model-index" not in text
    assert "card states no evaluation" in caplog.text


def test_a_score_that_the_gate_contradicts_is_left_out(sizes, caplog):
    wrong = evaluation(results={"accuracy": 0.6014})
    same = {**DATA, "of": 1500}
    given = {"results": [result(0.5844)], "compared_on": same}
    text = card(sizes, wrong, **given)
    assert "0.6014" not in text and "| int8 | accuracy | 0.5844 |" in text
    assert "model-index" not in text
    for part in ("accuracy 0.6014", "have 0.5844", "dev.csv", "best/ckpt-600"):
        assert part in caplog.text
    # A few rows, other rows, another metric or nearly the same say nothing.
    for changes in (
        {"compared_on": {**same, "rows": 100}},
        {"compared_on": {**same, "sha256": "0" * 64}},
        {"results": [result(0.5844, "f1")]},
        {"results": [result(0.6018)]},
    ):
        text = card(sizes, wrong, **{**given, **changes})
        assert "| accuracy | 0.6014 |" in text
    # No number is no proof.
    nothing = {**given, "results": [result(float("nan"))]}
    assert "0.6014" not in card(sizes, wrong, **nothing)


def test_spans_are_recorded_in_percent(sizes):
    one = evaluation(results={"f1": 60.14, "exact": 50.0})
    for original, is_in in ((0.6014, True), (0.5844, False)):
        text = card(
            sizes,
            one,
            kind="span",
            results=[result(original, "f1")],
            compared_on={**DATA, "of": 1500},
        )
        assert ("60.1400" in text) == is_in


def test_each_part_and_task_has_its_numbers(sizes):
    parts = [DATA, {**DATA, "part": "dev_2", "file": "dev_2.csv"}]
    one = evaluation(
        data={"sst-2": parts},
        results={"score": 1, "dev/accuracy": 0.25, "dev_2/accuracy": 0.75},
    )
    text = card(sizes, one)
    assert text.index("rows of dev.csv") < text.index("| accuracy | 0.2500 |")
    assert text.index("rows of dev_2.csv") < text.index("| accuracy | 0.7500 |")
    several = evaluation(
        weights="0" * 16,
        data={"sst-2": [DATA], "rte": [DATA]},
        results={"sst-2/accuracy": 0.25, "rte/accuracy": 0.75},
    )
    text = card(sizes, several)
    assert "0.2500" in text and "0.7500" not in text
    assert "0.2500" not in card(sizes, {**several, "checkpoint": "ckpt-900"})


def test_training_data_is_called_so(sizes):
    run = card_run.Run({"data": {"sst-2": "1a2b" * 16}}, [evaluation()])
    text = model_card.card(facts(sizes), run)
    assert "1a2b1a2b...), which it was trained on, with at" in text
    assert "| accuracy | 0.8125 |" in text and "model-index" not in text


def test_results_of_nobody_knows_what(sizes, tmp_path, caplog):
    (tmp_path / "eval_results.json").write_text('{"accuracy": 0.9071}')
    text = model_card.card(facts(sizes), card_run.read(str(tmp_path)))
    assert "0.9071" not in text
    assert "eval_results.json does not say which checkpoint and data" in text
    assert "eval_results.json does not say" in caplog.text


def test_evaluations_of_their_own_and_damaged_ones(folder):
    other = folder / "evaluations" / "best-ckpt-600_test_1"
    other.mkdir(parents=True)
    (folder / "evaluations" / "unfinished").mkdir()
    path = other / "evaluation.json"
    path.write_text(json.dumps(evaluation(results={"accuracy": 0.7})))
    run = card_run.read(str(folder / "best" / "ckpt-600"))
    assert [e["results"]["accuracy"] for e in run.evaluations] == [0.8125, 0.7]
    for wrong in (
        "[" * 9999,
        "[]",
        json.dumps(evaluation(step="600")),
        json.dumps(evaluation(data={"sst-2": [7]})),
        json.dumps(evaluation(data={"sst-2": []})),
        json.dumps(evaluation(data={"sst-2": [{**DATA, "rows": "9"}]})),
        json.dumps(evaluation(results=[])),
        json.dumps(evaluation(results={"accuracy": 10**400})),
        json.dumps(evaluation(settings=[])),
    ):
        path.write_text(wrong)
        with pytest.raises(ValueError, match="evaluation.json must"):
            card_run.read(str(folder))


@pytest.mark.parametrize(
    "settings",
    [
        {"data": ["x"]},
        {"data": {"sst-2": 7}},
        {"environment": "x"},
        {"environment": {"command": "rm"}},
        {"environment": {"command": [7]}},
    ],
)
def test_a_damaged_run_file_is_named(folder, settings):
    (folder / "run.json").write_text(json.dumps(settings))
    with pytest.raises(
        ValueError, match="data and environment in .*run.json must"
    ):
        card_run.read(str(folder))


def test_a_run_file_without_data_and_environment(folder):
    (folder / "run.json").write_text('{"data": null, "environment": null}')
    assert "Command" not in card_run.text("", card_run.read(str(folder)))


def test_what_lies_above_belongs_to_another_model(folder):
    """A pruned model in its run's folder, say."""
    (folder / "pruned").mkdir()
    run = card_run.read(str(folder / "pruned"))
    assert run == card_run.Run(None, [])


def test_no_path_of_this_machine(sizes):
    settings = {
        "init_checkpoint": "/home/ann/models/albert",
        "environment": {
            "command": [
                "/home/ann/.venv/bin/albert-tf finetune",
                "--data_dir=/home/ann/my glue/",
                "--train_file=~/a/x.csv,gs://bucket/b/y.csv",
                "--init_checkpoint",
                "/home/ann/models/albert",
                "--output_dir=runs/mine",
            ]
        },
    }
    one = evaluation(
        checkpoint="/home/ann/run/ckpt-6",
        data={"sst-2": [{**DATA, "file": "/home/ann/dev.csv"}]},
    )
    text = model_card.card(
        facts(sizes, checkpoint="/home/ann/run/best/ckpt-600"),
        card_run.Run(settings, [one]),
    )
    assert "/ann" not in text and "bucket" not in text and "~" not in text
    assert (
        "    albert-tf finetune '--data_dir=my glue' "
        "--train_file=x.csv,y.csv --init_checkpoint albert "
        "--output_dir=runs/mine" in text
    )
    assert "| init_checkpoint | albert |" in text
    for path, short in (
        ("ckpt-7", "ckpt-7"),
        ("runs/a b/best", "runs/a b/best"),
        ("s3://bucket/x/*.tfrecord", "*.tfrecord"),
        ("--learning_rate=1e-3", "--learning_rate=1e-3"),
    ):
        assert card_text.shortened(path) == short


def test_a_run_that_wrote_nothing(sizes, tmp_path):
    run = card_run.read(str(tmp_path / "nothing"))
    assert run == card_run.Run(None, [])
    text = model_card.card(facts(sizes, files={"onnx": ["model.onnx"]}), run)
    assert "Unknown: there was no run.json" in text
    assert "Unknown: no evaluation of these weights" in text
    assert "not compared on labeled examples" in text
    assert "No license was given" in text
    assert "model-index" not in text and "license:" not in text
    assert "signatures" not in text and "transformers" not in text


def test_random_ids_are_not_called_examples(sizes):
    text = card(sizes, results=[result(1.0, "same_answers")])
    assert "Compared with the original on random ids" in text


@pytest.mark.parametrize("kind", ["pretraining", *kinds.KINDS])
def test_every_kind_has_a_card(sizes, kind):
    text = model_card.card(
        facts(sizes, kind=kind, num_texts=2), card_run.Run(None)
    )
    code = text.split("```python\n")[1:]
    for block in code:
        compile(block.split("```")[0], "card", "exec")
    assert len(code) >= 4

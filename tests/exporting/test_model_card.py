"""Model cards: what the run wrote down, and nothing else."""

import json

import pytest
from card_facts import DATA
from card_facts import card
from card_facts import evaluation
from card_facts import facts
from card_facts import result

from albert_tf import kinds
from albert_tf.exporting import latency
from albert_tf.exporting.card import card as model_card
from albert_tf.exporting.card import run as card_run
from albert_tf.exporting.card import text as card_text


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
            license="CC-BY-4.0",
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
    assert "| onnx/float32.onnx | 54,321 |" in text
    assert "Weights: CC-BY-4.0." in text
    lines = text.split("---\n")[1].splitlines()
    front = {
        name: json.loads(value)
        for name, value in (line.split(": ", 1) for line in lines)
    }
    assert front["pipeline_tag"] == "text-classification"
    assert front["license"] == "cc-by-4.0"
    (found,) = front["model-index"][0]["results"]
    assert found["metrics"] == [{"type": "accuracy", "value": 0.8125}]
    assert found["dataset"] == {"name": "dev.csv", "type": "sst-2"}
    for call in (
        'signatures["text"](texts=tf.constant([',
        'call_endpoint="features"',
        "mine/litert/model_int8.tflite",
        "mine/onnx/float32.onnx",
        'pipeline("text-classification", "mine/huggingface")',
        "albert-tf serve",
    ):
        assert call in text, call


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
        {"environment": {"versions": ["2.20"]}},
        {"environment": {"versions": {"keras": 3}}},
        {"init_checkpoint": 7},
    ],
)
def test_a_damaged_run_file_is_named(folder, settings):
    (folder / "run.json").write_text(json.dumps(settings))
    with pytest.raises(
        ValueError, match="init_checkpoint, data and environment in .* must"
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
        ("hf://lab/tiny@0123", "hf://lab/tiny@0123"),
        ("--init_checkpoint=hf://a/b,/c/d", "--init_checkpoint=hf://a/b,d"),
        ("['/home/ann/x', '~/y']", "['x', 'y']"),
        ('{"file": "/home/ann/x"}', '{"file": "x"}'),
        ("[/home/ann/x, /home/ann/y]", "[x, y]"),
        ("/home/ann/a (b)/c d", "c d"),
    ):
        assert card_text.shortened(path) == short


def test_a_run_that_wrote_nothing(sizes, tmp_path):
    run = card_run.read(str(tmp_path / "nothing"))
    assert run == card_run.Run(None, [])
    text = model_card.card(facts(sizes, files={"onnx": ["float32.onnx"]}), run)
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

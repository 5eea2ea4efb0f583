"""Model cards: what the run wrote down, and nothing else."""

import json

import pytest

import albert_tf
from albert_tf.export import gate
from albert_tf.export import latency
from albert_tf.export import model_card


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
    metrics = {"score": 0.8, "accuracy": 0.8125, "f1/PER": 0.5}
    (tmp_path / "eval_results.json").write_text(json.dumps(metrics))
    return tmp_path


@pytest.mark.parametrize("place", ["", "best", "best/ckpt-7"])
def test_what_the_run_wrote_down(sizes, folder, place):
    run = model_card.read_run(str(folder / place))
    text = model_card.card(
        facts(
            sizes,
            license="cc-by-4.0",
            machine="2 cores",
            results=[
                gate.Result(
                    format="int8",
                    metric="accuracy",
                    original=0.8125,
                    exported=0.808,
                    largest_difference=0.25,
                )
            ],
            latencies=[
                latency.Latency(
                    format="int8", max_seq_length=64, milliseconds=2.346
                )
            ],
        ),
        run,
    )
    assert "| accuracy | 0.8125 |" in text and "f1/PER" not in text
    assert "| int8 | accuracy | 0.8125 | 0.8080 | 0.25 |" in text
    assert "| int8 | 64 | 2.35 |" in text and "on 2 cores" in text
    assert "| learning_rate | 0.0002 |" in text
    command = "    python run_classifier.py --do_eval '--data_dir=a b'"
    assert text.count(command) == 2
    assert "12,345 parameters" in text and "bad, good" in text
    assert "| onnx/model.onnx | 54,321 |" in text
    assert "Weights: cc-by-4.0." in text
    lines = text.split("---\n")[1].splitlines()
    front = dict(line.split(": ", 1) for line in lines)
    assert front["pipeline_tag"] == "text-classification"
    assert json.loads(front["license"]) == "cc-by-4.0"
    (result,) = json.loads(front["model-index"])[0]["results"]
    assert result["metrics"] == [{"type": "accuracy", "value": 0.8125}]
    for call in (
        'signatures["text"](texts=tf.constant([',
        'call_endpoint="features"',
        "mine/litert/model_int8.tflite",
        "mine/onnx/model.onnx",
        'pipeline("text-classification", "mine/huggingface")',
        "albert_tf.serve",
    ):
        assert call in text, call


def test_a_run_that_wrote_nothing(sizes, tmp_path):
    run = model_card.read_run(str(tmp_path / "nothing"))
    assert run == model_card.Run(None, None)
    text = model_card.card(facts(sizes, files={"onnx": ["model.onnx"]}), run)
    assert "Unknown: there was no run.json" in text
    assert "Unknown: there was no eval_results.json" in text
    assert "not compared on labeled examples" in text
    assert "none was given" in text
    assert "model-index" not in text and "license:" not in text
    assert "signatures" not in text and "transformers" not in text


@pytest.mark.parametrize("kind", model_card._WHAT)
def test_every_kind_has_a_card(sizes, kind):
    text = model_card.card(
        facts(sizes, kind=kind, num_texts=2), model_card.Run(None, None)
    )
    code = text.split("```python\n")[1:]
    for block in code:
        compile(block.split("```")[0], "card", "exec")
    assert len(code) >= 4

"""Long texts in whole workflows: trained, exported, served, refused."""

import importlib.util
import json

import keras
import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf import models
from albert_tf.interop import convert
from albert_tf.workflows.exporting import served_form
from data_pipeline.tasks import kinds
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizers

TEXTS = [
    "the cat sees a house",
    "a letter " * 4,
    "every day in winter the river leaves " * 9,
]


def trained(folder, vocabulary, sizes, pooling):
    """What a run with windows leaves, with a model of random weights."""
    config = albert_tf.AlbertConfig(**sizes, initializer_range=0.2)
    model = albert_tf.AlbertClassifier(config, 2, window_pooling=pooling)
    for weight in (*model.head.weights, *model.windows.weights):
        weight.assign(3 * keras.random.normal(weight.shape, seed=1))
    weights = {k: v.value for k, v in models.named_weights(model).items()}
    tf.train.Checkpoint(model=weights).write(str(folder / "ckpt-0"))
    config.to_json(str(folder / "albert_config.json"))
    row = saved_tasks.row(kinds.custom_task("classification"), ["bad", "good"])
    saved_tasks.write(
        str(folder),
        {"custom": {**row, "window_pooling": pooling}},
        16,
        tokenizers.load(vocabulary),
        {"long_texts": "windows", "doc_stride": 9, "max_windows": 4},
    )
    return str(folder)


@pytest.fixture(scope="module")
def run(vocabulary, sizes, tmp_path_factory):
    folder = tmp_path_factory.mktemp("windows")
    return trained(folder, vocabulary, sizes, "attention")


def test_a_predictor_reads_the_windows_that_predict_reads(run):
    answers = albert_tf.predictor(run)(TEXTS)
    found = albert_tf.predict(
        albert_tf.PredictConfig(checkpoint=run, text=tuple(TEXTS))
    ).predictions
    for answer, row in zip(answers, found, strict=True):
        assert answer["label"] == row["prediction"]
        assert max(answer["probabilities"]) == pytest.approx(
            row["probability"], abs=1e-5
        )
    assert [a["truncated"] for a in answers] == [False, False, True]


def test_a_report_explains_errors_in_windows(run, tmp_path):
    rows = [f"{text}\t{label}" for text in TEXTS for label in ("bad", "good")]
    (tmp_path / "dev.tsv").write_text("\n".join(["text\tlabel", *rows]) + "\n")
    config = albert_tf.EvaluateConfig(
        checkpoint=run, file=tmp_path / "dev.tsv", output_dir=tmp_path / "out"
    )
    (found,) = albert_tf.evaluate(config).details
    longest = max(found.errors, key=lambda row: len(row["text"]))
    # Beyond the first row of 16 tokens too.
    assert len(longest["text"]) > 100 and "winter" in longest["mattered"]


def test_what_a_model_of_windows_cannot_do_is_said(run, tmp_path):
    with pytest.raises(ValueError, match="--window_pooling=attention"):
        convert.convert(run, tmp_path / "hf", "huggingface")
    config = albert_tf.ExportConfig(
        checkpoint=run,
        output=tmp_path / "out",
        long_texts="cut",
        given=frozenset({"long_texts"}),
    )
    with pytest.raises(ValueError, match="must also be exported with it"):
        albert_tf.export(config)


@pytest.mark.slow
@pytest.mark.parametrize("pooling", ["mean", "max", "attention"])
def test_all_forms_answer_alike(vocabulary, sizes, tmp_path, pooling):
    pytest.importorskip("tf2onnx")
    pytest.importorskip("ai_edge_litert")
    forms = ["savedmodel", "onnx", "litert"]
    if importlib.util.find_spec("openvino"):
        forms.append("openvino")
    run = trained(tmp_path, vocabulary, sizes, pooling)
    out = str(tmp_path / "export")
    albert_tf.export(
        albert_tf.ExportConfig(
            checkpoint=run,
            output=out,
            formats=tuple(forms),
            litert_quantizations="float32",
            onnx_quantizations="float32",
            openvino_quantizations="float32",
        )
    )
    wanted = np.array(
        [a["probabilities"] for a in albert_tf.predictor(run)(TEXTS)]
    )
    texts = np.array([text.encode() for text in TEXTS], object)
    for form in forms:
        served = served_form.load("one", out, form)
        found = served.signatures["text"].call({"texts": texts})
        np.testing.assert_allclose(found["probabilities"], wanted, atol=1e-5)
        assert found["truncated"].tolist() == [False, False, True]
    explained = albert_tf.predictor(out, explain=True)(TEXTS[1])["explanation"]
    assert sum(explained["importance"]) == pytest.approx(1, abs=1e-5)
    task = json.loads((tmp_path / "export" / "task.json").read_text())
    assert task["flags"]["max_windows"] == 4
    card = (tmp_path / "export" / "README.md").read_text()
    assert "what is beyond the first 4 windows is not read" in card


def write_rows(path, count, seed):
    """Texts whose class is in their last words, behind the first row."""
    rng = np.random.default_rng(seed)
    lines = ["text\tlabel"]
    for _ in range(count):
        words = rng.choice(["the", "cat", "sees", "it", "a", "house"], 20)
        is_good = rng.random() < 0.5
        words[-8:] = "river" if is_good else "letter"
        lines.append(" ".join(words) + "\t" + ("good" if is_good else "bad"))
    path.write_text("\n".join(lines) + "\n")


def finetuned(folder, vocabulary, sizes, **settings):
    (folder / "config.json").write_text(json.dumps(sizes))
    return albert_tf.finetune(
        albert_tf.FinetuneConfig(
            task_name="custom",
            train_file=folder / "train.tsv",
            eval_file=folder / "dev.tsv",
            albert_config_file=folder / "config.json",
            spm_model_file=vocabulary,
            do_train=True,
            do_eval=True,
            max_seq_length=16,
            train_batch_size=16,
            learning_rate=3e-3,
            eval_steps=1000,
            **{"task_type": "classification", "train_step": 120, **settings},
        )
    )


@pytest.mark.slow
@pytest.mark.parametrize("way", ["head_tail", "windows"])
def test_the_end_of_a_text_is_learned(vocabulary, sizes, tmp_path, way, caplog):
    write_rows(tmp_path / "train.tsv", 200, 0)
    write_rows(tmp_path / "dev.tsv", 60, 1)
    settings = {"long_texts": way, "output_dir": tmp_path / "run"}
    if way == "windows":
        settings["window_pooling"] = "attention"
    caplog.set_level("INFO", logger="absl")
    found = finetuned(tmp_path, vocabulary, sizes, **settings)
    assert found.metrics["accuracy"] > 0.9
    assert "60 of 60 texts (100.0%) have more than" in caplog.text
    again = albert_tf.evaluate(
        albert_tf.EvaluateConfig(
            checkpoint=tmp_path / "run", output_dir=tmp_path / "again"
        )
    )
    assert again.metrics["accuracy"] == found.metrics["accuracy"]
    settings |= {"long_texts": "cut", "window_pooling": "mean"}
    with pytest.raises(FileExistsError, match="long_texts"):
        finetuned(tmp_path, vocabulary, sizes, **settings)

"""Models that write texts are trained, evaluated, resumed and asked."""

import dataclasses
import glob
import json
import os
import random
import shutil

import numpy as np
import pytest

import albert_tf
from albert_tf.workflows.keywords import finetune as keywords

# A language of eight words, and its dictionary.
WORDS = dict(
    zip(
        "red blue one two cat dog sun moon".split(),
        "rouge bleu un deux chat chien soleil lune".split(),
        strict=True,
    )
)
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SIZES = {
    "embedding_size": 16,
    "hidden_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 16,
    "initializer_range": 0.2,
}


def rows(count, seed):
    rng = random.Random(seed)
    found = []
    for _ in range(count):
        texts = [rng.choice(list(WORDS)) for _ in range(rng.randint(1, 2))]
        written = " ".join(WORDS[text] for text in texts)
        found.append({"text": " ".join(texts), "target": written})
    return found


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    folder = tmp_path_factory.mktemp("written")
    pieces = [*SPECIAL, *WORDS, *WORDS.values()]
    (folder / "vocab.txt").write_text("\n".join(pieces) + "\n")
    sizes = {**SIZES, "vocab_size": len(pieces)}
    (folder / "config.json").write_text(json.dumps(sizes))
    for name, count in (("train", 400), ("dev", 40)):
        lines = [json.dumps(row) + "\n" for row in rows(count, count)]
        (folder / f"{name}.jsonl").write_text("".join(lines))
    return albert_tf.FinetuneConfig(
        task_name="custom",
        task_type="generation",
        train_file=str(folder / "train.jsonl"),
        eval_file=str(folder / "dev.jsonl"),
        albert_config_file=str(folder / "config.json"),
        spm_model_file=str(folder / "vocab.txt"),
        output_dir=str(folder / "run"),
        do_train=True,
        do_eval=True,
        max_seq_length=8,
        max_target_length=8,
        train_batch_size=32,
        train_step=120,
        eval_steps=120,
        learning_rate=1e-2,
        warmup_step=10,
        label_smoothing=0.1,
        dropout_prob=0.0,
        bias_correction=True,
        beam_size=2,
        iterations_per_loop=60,
    )


@pytest.fixture(scope="module")
def result(config):
    return albert_tf.finetune(config)


def losses_of(folder):
    lines = open(os.path.join(folder, "metrics.jsonl"))
    found = [json.loads(line) for line in lines]
    return [row["loss"] for row in found if row["kind"] == "train"]


def test_a_run_learns_a_dictionary(config, result):
    metrics = result.metrics
    assert metrics["score"] == metrics["chrf"] / 100
    # The texts themselves share some letters with what is to be written.
    assert metrics["chrf"] > 60 > 100 * metrics["baseline"]
    assert metrics["loss"] < metrics["baseline_loss"] / 2
    folder = result.output_dir
    lines = open(f"{folder}/dev_predictions.txt").read().splitlines()
    assert len(lines) == 40
    assert np.mean([set(x.split()) <= {*WORDS.values()} for x in lines]) > 0.9
    report = json.load(open(f"{folder}/report.json"))
    assert [row["short"] for row in report["baselines"]] == [
        "copy",
        "majority",
    ]
    low, high = report["metric"]["low"], report["metric"]["high"]
    assert 0 < low <= metrics["chrf"] <= high
    assert "tok:13a" in report["signatures"]["bleu"]
    (row,) = json.load(open(f"{folder}/task.json"))["tasks"].values()
    assert row["generation"]["decoder_sharing"] == "all"
    assert row["generation"]["decoding"]["beam_size"] == 2


def test_it_is_asked_in_three_ways(config, result):
    again = albert_tf.evaluate(
        albert_tf.EvaluateConfig(checkpoint=config.output_dir)
    )
    assert again.metrics["chrf"] == result.metrics["chrf"]
    predictor = result.predictor()
    texts = ["red cat", "moon"]
    found = predictor(texts)
    predicted = albert_tf.predict(
        albert_tf.PredictConfig(checkpoint=config.output_dir, text=tuple(texts))
    ).predictions
    for one, other in zip(found, predicted, strict=True):
        assert one["text"] == other["prediction"]
        assert one["score"] == pytest.approx(other["score"], abs=1e-4)
    assert predictor("moon") == pytest.approx(found[1])


def test_keywords_name_the_columns(config):
    found = keywords.config_of(
        config.train_file,
        None,
        "english",
        "french",
        {"task_type": "generation", "output_dir": config.output_dir},
    )
    assert found.text_column == "english"
    assert found.target_column == "french"


def test_what_it_cannot_do_is_an_error(config, result, tmp_path):
    def refused(match, **changes):
        run = dataclasses.replace(
            config, output_dir=str(tmp_path / "run"), **changes
        )
        with pytest.raises(ValueError, match=match):
            albert_tf.finetune(run)

    refused("--beam_size must be at most", beam_size=100)
    refused("--max_target_length must be at most", max_target_length=17)
    refused("--early_exit must be used with", early_exit=True)
    refused("--long_texts=windows must be used", long_texts="windows")
    refused(
        "--decoder_sharing must be used with",
        task_type="classification",
        decoder_sharing="block",
    )
    refused("--metric must be one of chrf, bleu", metric="accuracy")
    with pytest.raises(ValueError, match="numbers, spans or vectors"):
        albert_tf.export(
            albert_tf.ExportConfig(
                checkpoint=config.output_dir, output=str(tmp_path / "export")
            )
        )
    with pytest.raises(ValueError, match="--max_target_length must be at most"):
        albert_tf.evaluate(
            albert_tf.EvaluateConfig(
                checkpoint=config.output_dir, max_target_length=16
            )
        )
    with pytest.raises(ValueError, match="Calibration must be of"):
        albert_tf.calibrate(
            albert_tf.CalibrateConfig(checkpoint=config.output_dir)
        )


@pytest.mark.slow
def test_a_run_resumes_exactly(config, result, tmp_path):
    run = dataclasses.replace(
        config, output_dir=str(tmp_path / "run"), save_checkpoints_steps=60
    )
    whole = albert_tf.finetune(run)
    again = dataclasses.replace(run, output_dir=str(tmp_path / "again"))
    shutil.copytree(run.output_dir, again.output_dir)
    # Without its end, as if it had been killed after step 60.
    for path in glob.glob(f"{again.output_dir}/ckpt-120*"):
        os.remove(path)
    shutil.rmtree(os.path.join(again.output_dir, "best"))
    resumed = albert_tf.finetune(again)
    assert resumed.metrics == whole.metrics


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        {"pack": True},
        {"decoder_sharing": "block", "accumulate_steps": 2},
        {"lora_rank": 2},
        {"jit_compile": True},
    ],
    ids=["packed", "in parts", "lora", "xla"],
)
def test_ways_to_train(config, changes, tmp_path):
    run = dataclasses.replace(
        config, output_dir=str(tmp_path / "run"), **changes
    )
    result = albert_tf.finetune(run)
    losses = losses_of(run.output_dir)
    assert losses[-1] < losses[0]
    assert result.metrics["loss"] < result.metrics["baseline_loss"]


@pytest.mark.slow
def test_a_student_learns_from_a_teacher(config, result, tmp_path):
    student = dataclasses.replace(
        config,
        output_dir=str(tmp_path / "student"),
        teacher=config.output_dir,
        label_smoothing=0.0,
        distill_weight=1.0,
    )
    found = albert_tf.finetune(student)
    assert found.metrics["loss"] < found.metrics["baseline_loss"]


@pytest.mark.slow
def test_training_continues_from_a_model_that_writes(config, result, tmp_path):
    run = dataclasses.replace(
        config,
        albert_config_file=None,
        init_checkpoint=config.output_dir,
        output_dir=str(tmp_path / "run"),
        train_step=1,
        warmup_step=0,
        eval_steps=1,
    )
    found = albert_tf.finetune(run)
    assert found.metrics["chrf"] > result.metrics["chrf"] / 2

"""Embedding models are trained, evaluated, resumed and loaded."""

import dataclasses

import embedding_runs
import numpy as np
import pytest

import albert_tf


def test_a_run(config, result):
    assert result.metrics["score"] == result.metrics["accuracy"]
    assert result.metrics["accuracy"] >= 0.75
    assert 0.5 < result.metrics["baseline"] <= 1
    losses = embedding_runs.losses_of(config.output_dir)
    assert losses[-1] < losses[0]
    model = albert_tf.load(config.output_dir)
    assert model.settings.dense_size == 12 and model.settings.normalize
    assert model.task_info.kind == "embedding"


def test_evaluation_by_itself(config, result, folder):
    again = albert_tf.evaluate(
        albert_tf.EvaluateConfig(checkpoint=config.output_dir)
    )
    assert again.metrics["accuracy"] == result.metrics["accuracy"]
    scored = albert_tf.evaluate(
        albert_tf.EvaluateConfig(
            checkpoint=config.output_dir,
            file=folder / "scored.csv",
            negative_columns=(),
            score_column="score",
        )
    )
    assert -1 <= scored.metrics["spearman"] <= 1
    assert scored.metrics["score"] == scored.metrics["spearman"]
    pairs = albert_tf.evaluate(
        albert_tf.EvaluateConfig(
            checkpoint=config.output_dir,
            file=folder / "scored.csv",
            negative_columns=(),
        )
    )
    assert 0 < pairs.metrics["accuracy@1"] <= pairs.metrics["mrr@10"] <= 1


def test_a_pair_is_predicted_as_its_cosine(config, result):
    predictions = albert_tf.predict(
        albert_tf.PredictConfig(
            checkpoint=config.output_dir,
            text=("the cat", "the king"),
            text_b=("the cat", "a ship"),
        )
    )
    same, other = (row["prediction"] for row in predictions.predictions)
    assert same == pytest.approx(1, abs=1e-5) and other < same


@pytest.mark.parametrize(
    "changes",
    [
        {"pack": True, "max_seq_length": 64},
        pytest.param({"accumulate_steps": 2}, marks=pytest.mark.slow),
        pytest.param({"lora_rank": 2}, marks=pytest.mark.slow),
        {
            "train_file": "texts.csv",
            "text_pair_column": None,
            "negative_columns": None,
            "dropout_prob": 0.1,
            "eval_fraction": None,
            "do_eval": False,
        },
        {
            "train_file": "scored.csv",
            "negative_columns": None,
            "score_column": "score",
            "eval_fraction": None,
            "eval_file": "scored.csv",
        },
    ],
    ids=["packed", "in parts", "lora", "single texts", "scored"],
)
def test_ways_to_train(config, folder, changes, tmp_path):
    changes = embedding_runs.placed(changes, folder)
    run = dataclasses.replace(config, output_dir=tmp_path / "run", **changes)
    result = albert_tf.finetune(run)
    losses = embedding_runs.losses_of(run.output_dir)
    assert np.isfinite(losses).all()
    if not run.score_column:
        # With the scores of this file, a dozen steps are noise.
        assert np.mean(losses[-2:]) < np.mean(losses[:2])
    if run.do_eval:
        assert result.metrics["score"] > 0


@pytest.mark.slow
def test_a_run_resumes_exactly(config, result, tmp_path):
    run = dataclasses.replace(config, output_dir=tmp_path / "run")
    half = dataclasses.replace(run, iterations_per_loop=6)
    albert_tf.finetune(half)
    # Without its end, as if it had been killed after step 6.
    for path in (tmp_path / "run").glob("ckpt-12*"):
        path.unlink()
    found = albert_tf.finetune(half)
    assert found.metrics == result.metrics


@pytest.mark.slow
def test_a_student_learns_from_a_teacher_of_another_size(
    config, result, tmp_path
):
    student = dataclasses.replace(
        config,
        output_dir=tmp_path / "student",
        teacher=config.output_dir,
        distill_weight=1.0,
        dense_size=6,
    )
    albert_tf.finetune(student)
    parts = embedding_runs.training_rows(student.output_dir)
    assert parts[-1]["distill_label_loss"] < parts[0]["distill_label_loss"]


def test_training_continues_from_an_embedding_model(config, result, tmp_path):
    run = dataclasses.replace(
        config,
        albert_config_file=None,
        init_checkpoint=config.output_dir,
        dense_size=None,
        pooling=None,
        output_dir=tmp_path / "run",
        train_step=1,
    )
    albert_tf.finetune(run)
    assert albert_tf.load(run.output_dir).settings.dense_size == 12


def test_keywords_name_the_columns_of_a_triplet(config, folder, tmp_path):
    result = albert_tf.finetune(
        train=folder / "triplets.csv",
        text=("text", "positive", "negative"),
        task_type="embedding",
        albert_config_file=config.albert_config_file,
        spm_model_file=config.spm_model_file,
        max_seq_length=16,
        train_step=1,
        output_dir=tmp_path / "run",
    )
    assert result.metrics is None
    assert albert_tf.load(tmp_path / "run").settings.pooling == "mean"

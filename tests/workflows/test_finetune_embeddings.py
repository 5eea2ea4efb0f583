"""Embedding models are trained, evaluated, resumed and loaded."""

import dataclasses
import json
import sys

import numpy as np
import pytest
import several_machines as several

import albert_tf

WORDS = ["cat", "king", "ship", "sea", "road", "dog", "hand", "night"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory, sizes):
    folder = tmp_path_factory.mktemp("embeddings")
    (folder / "config.json").write_text(
        json.dumps({**sizes, "initializer_range": 0.1})
    )
    rng = np.random.default_rng(0)
    triplets, scored, texts = [], [], []
    for number in range(48):
        one, other = rng.choice(WORDS, 2, replace=False)
        triplets.append(f"the {one} {number},a {one},a {other}")
        scored.append(f"the {one},a {one},5\nthe {one},a {other},{number % 3}")
        texts.append(f"the {one} and the {other} {number}")
    for name, header, rows in (
        ("triplets", "text,positive,negative", triplets),
        ("scored", "text,positive,score", scored),
        ("texts", "text", texts),
    ):
        (folder / f"{name}.csv").write_text("\n".join([header, *rows]) + "\n")
    return folder


@pytest.fixture(scope="module")
def config(folder, vocabulary):
    return albert_tf.FinetuneConfig(
        task_name="custom",
        task_type="embedding",
        train_file=folder / "triplets.csv",
        eval_fraction=0.25,
        text_pair_column="positive",
        negative_columns=("negative",),
        albert_config_file=folder / "config.json",
        spm_model_file=vocabulary,
        max_seq_length=16,
        train_batch_size=8,
        learning_rate=0.003,
        train_step=12,
        eval_steps=6,
        matryoshka_dims=("4",),
        dense_size=12,
        strategy="one_device",
        output_dir=folder / "run",
        do_train=True,
        do_eval=True,
    )


@pytest.fixture(scope="module")
def result(config):
    return albert_tf.finetune(config)


def losses_of(folder):
    return [row["loss"] for row in training_rows(folder)]


def training_rows(folder):
    with open(f"{folder}/metrics.jsonl") as file:
        rows = [*map(json.loads, file)]
    return [row for row in rows if row["kind"] == "train"]


def placed(changes, folder):
    files = {
        name: folder / changes[name]
        for name in ("train_file", "eval_file")
        if name in changes
    }
    return {**changes, **files}


def test_a_run(config, result):
    assert result.metrics["score"] == result.metrics["accuracy"]
    assert result.metrics["accuracy"] >= 0.75
    assert 0.5 < result.metrics["baseline"] <= 1
    losses = losses_of(config.output_dir)
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
        {"accumulate_steps": 2},
        {"lora_rank": 2},
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
    changes = placed(changes, folder)
    run = dataclasses.replace(config, output_dir=tmp_path / "run", **changes)
    result = albert_tf.finetune(run)
    losses = losses_of(run.output_dir)
    third = len(losses) // 3
    assert np.mean(losses[-third:]) < np.mean(losses[:third])
    if run.do_eval:
        assert result.metrics["score"] > 0


def test_a_run_resumes_exactly(config, result, tmp_path):
    run = dataclasses.replace(config, output_dir=tmp_path / "run")
    half = dataclasses.replace(run, iterations_per_loop=6)
    albert_tf.finetune(half)
    # Without its end, as if it had been killed after step 6.
    for path in (tmp_path / "run").glob("ckpt-12*"):
        path.unlink()
    found = albert_tf.finetune(half)
    assert found.metrics == result.metrics


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
    parts = training_rows(student.output_dir)
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


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"embedding_loss": "cosent"}, "pairs that have scores"),
        (
            {
                "negative_columns": None,
                "score_column": "score",
                "embedding_loss": "contrastive",
                "train_file": "scored.csv",
                "eval_fraction": None,
                "do_eval": False,
            },
            "pairs that all belong together",
        ),
        ({"matryoshka_dims": ("64",)}, "from 1 to the size"),
        ({"matryoshka_dims": ("x",)}, "from 1 to the size"),
        (
            {
                "train_file": "texts.csv",
                "text_pair_column": None,
                "negative_columns": None,
                "dropout_prob": 0.1,
            },
            "evaluated on pairs",
        ),
        (
            {
                "train_file": "texts.csv",
                "text_pair_column": None,
                "negative_columns": None,
                "dropout_prob": 0.0,
                "eval_fraction": None,
                "do_eval": False,
            },
            "must be trained with dropout",
        ),
        (
            {"negative_columns": None, "train_batch_size": 1},
            "at least two examples",
        ),
        ({"pack": True, "max_seq_length": 8}, "must fit in one row"),
    ],
)
def test_what_does_not_fit_is_refused(
    config, folder, changes, message, tmp_path
):
    changes = placed(changes, folder)
    run = dataclasses.replace(config, output_dir=tmp_path / "run", **changes)
    with pytest.raises(ValueError, match=message):
        albert_tf.finetune(run)


def test_equal_scores_are_refused(config, tmp_path):
    (tmp_path / "same.csv").write_text("text,positive,score\na,b,3\nc,d,3\n")
    run = dataclasses.replace(
        config,
        train_file=tmp_path / "same.csv",
        negative_columns=None,
        score_column="score",
        eval_fraction=None,
        do_eval=False,
        output_dir=tmp_path / "run",
    )
    with pytest.raises(ValueError, match="scores of pairs must differ"):
        albert_tf.finetune(run)


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


@pytest.mark.slow
@pytest.mark.parametrize("machines", [1, 2])
def test_negatives_come_from_all_replicas(
    config, folder, vocabulary, runs, tmp_path, machines
):
    """The losses of one device, of two replicas and of two machines."""

    def command(place, **flags):
        flags = dict(
            output_dir=place,
            task_name="custom",
            task_type="embedding",
            train_file=folder / "triplets.csv",
            text_pair_column="positive",
            negative_columns="negative",
            albert_config_file=config.albert_config_file,
            spm_model_file=vocabulary,
            max_seq_length=16,
            train_batch_size=8,
            length_buckets="16",
            learning_rate=0.003,
            train_step=6,
            iterations_per_loop=1,
            symmetric=True,
            do_train=True,
            **flags,
        )
        return [
            sys.executable,
            str(runs.ROOT / "run_classifier.py"),
            *(f"--{k}={v}" for k, v in flags.items() if v is not None),
        ]

    whole = runs.run(command(tmp_path / "one", strategy="one_device"))
    assert whole.returncode == 0, whole.stderr
    wanted = losses_of(tmp_path / "one")
    if machines == 1:
        for name, parts in (("mirrored", 1), ("in parts", 2)):
            outcome = runs.run(
                command(
                    tmp_path / name,
                    strategy="mirrored",
                    accumulate_steps=parts,
                )
            )
            assert outcome.returncode == 0, outcome.stderr
            np.testing.assert_allclose(
                losses_of(tmp_path / name), wanted, rtol=1e-5
            )
        return
    workers = several.start_workers(command, tmp_path / "two")
    for worker in workers:
        _, errors = worker.communicate(timeout=200)
        assert worker.returncode == 0, errors
    np.testing.assert_allclose(losses_of(tmp_path / "two"), wanted, rtol=1e-5)

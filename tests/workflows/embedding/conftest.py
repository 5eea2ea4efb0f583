"""Data for embedding models, and a run that all tests share."""

import json

import numpy as np
import pytest

import albert_tf

WORDS = ["cat", "king", "ship", "sea", "road", "dog", "hand", "night"]


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
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
        iterations_per_loop=2,
        matryoshka_dims=(4,),
        dense_size=12,
        strategy="one_device",
        output_dir=folder / "run",
        do_train=True,
        do_eval=True,
    )


@pytest.fixture(scope="session")
def result(config):
    return albert_tf.finetune(config)

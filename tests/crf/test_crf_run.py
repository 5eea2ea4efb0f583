"""Training a CRF: resumed runs, evaluation, predictions and one answer."""

import glob
import json
import os
import random
import shutil

import numpy as np
import pytest

import albert_tf
from albert_tf.workflows.configs import export as export_config
from albert_tf.workflows.exporting import trained as trained_lib

pytestmark = pytest.mark.slow


def write(path, count, seed):
    rng = random.Random(seed)
    lines = []
    for _ in range(count):
        for _ in range(rng.randint(1, 6)):
            name = rng.choice(["cat", "house"])
            lines += ["the O", f"{name} B-{name}", "river " + f"I-{name}"]
        lines.append("")
    path.write_text("\n".join(lines))


@pytest.fixture(scope="module")
def train(tmp_path_factory, vocabulary, config_file):
    folder = tmp_path_factory.mktemp("crf")
    write(folder / "train.conll", 60, 0)
    write(folder / "dev.conll", 10, 1)

    def run(name, **changes):
        settings = {
            "task_type": "tagging",
            "train": folder / "train.conll",
            "eval": folder / "dev.conll",
            "albert_config_file": str(config_file),
            "spm_model_file": str(vocabulary),
            "output_dir": str(folder / name),
            "tag_head": "crf",
            "train_step": 40,
            "eval_steps": 20,
            "train_batch_size": 8,
            "learning_rate": 3e-3,
            "max_seq_length": 24,
            "pack": True,
        }
        return albert_tf.finetune(**{**settings, **changes})

    return run


def transitions(run):
    model = albert_tf.load(run, which="last")
    return model.head.transition_bias.numpy()


def test_a_run(train):
    result = train("whole")
    (row,) = json.load(open(f"{result.output_dir}/task.json"))["tasks"].values()
    assert row["tag_head"] == "crf" and row["scheme"] == "BIO"
    assert np.ptp(transitions(result.output_dir)) > 0.1
    # The loss of evaluation is that of training.
    metrics = [
        json.loads(line) for line in open(f"{result.output_dir}/metrics.jsonl")
    ]
    last = [m for m in metrics if m["kind"] == "eval"][-1]
    assert 0 < last["loss"] < last["baseline_loss"]
    source = export_config.ExportConfig(
        checkpoint=result.output_dir, output="-", formats=()
    )
    _, trained = trained_lib.load(source)
    assert trained.task == "custom" and trained.row["tag_head"] == "crf"
    assert np.shape(trained.row["transitions"]) == (6, 6)
    answer = result.predictor()("the cat river the house river")
    rows = albert_tf.predict(
        albert_tf.PredictConfig(
            checkpoint=result.output_dir,
            text=("the cat river the house river",),
        )
    ).predictions
    entities = rows[0]["entities"]
    assert answer["entities"] == [entity["text"] for entity in entities]
    np.testing.assert_allclose(
        answer["probabilities"],
        [entity["probability"] for entity in entities],
        atol=1e-4,
    )
    assert answer["tags"] == rows[0]["prediction"]


def test_a_resumed_run_is_the_same(train):
    whole = train("at once", keep_checkpoint_max=5)
    shutil.copytree(whole.output_dir, f"{whole.output_dir}-again")
    again = f"{whole.output_dir}-again"
    for path in glob.glob(f"{again}/ckpt-40*"):
        os.remove(path)
    resumed = train("at once-again", keep_checkpoint_max=5)
    assert resumed.output_dir == again
    np.testing.assert_array_equal(
        transitions(again), transitions(whole.output_dir)
    )


def test_with_lora(train):
    result = train("lora", lora_rank=2, train_step=10, eval_steps=10)
    assert np.abs(transitions(result.output_dir)).max() > 0


def test_refusals(train):
    with pytest.raises(ValueError, match="--early_exit must be used"):
        train("exits", early_exit=True)
    with pytest.raises(ValueError, match="tagging task. Received: custom"):
        train("texts", task_type="classification")

"""Which checkpoint of a run is taken, and that it is said."""

import json
import os

import pytest

import albert_tf
from albert_tf import models
from albert_tf.interop import convert
from albert_tf.io import log_once
from albert_tf.runs import checkpoints
from albert_tf.runs import run_checkpoint


@pytest.fixture(params=["run", "sweep[lr=1e-3]", "a*b?"])
def name(request):
    return request.param


@pytest.fixture(scope="module")
def config():
    return albert_tf.AlbertConfig(
        vocab_size=20,
        embedding_size=4,
        hidden_size=8,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=8,
        max_position_embeddings=16,
    )


@pytest.fixture(scope="module")
def saving(config):
    """Saves a run's checkpoint whose pooler bias is the step."""
    model = albert_tf.AlbertPretrainer(config)
    optimizer = albert_tf.create_optimizer(
        "adamw", learning_rate=1e-3, num_train_steps=1000
    )
    optimizer.build(model.trainable_variables)
    weights = models.named_weights(model)

    def save(folder, step, best=False):
        os.makedirs(folder / "best", exist_ok=True)
        for place in (folder, folder / "best"):
            config.to_json(place / "albert_config.json")
        weights["encoder/pooler/bias"].assign([step] * 8)
        saved = checkpoints.Checkpoints(str(folder), weights, optimizer, keep=2)
        (saved.save_best if best else saved.save)(step)

    return save


@pytest.fixture
def run(saving, tmp_path, name, caplog):
    """A run whose step 600 was the best of 1,000."""
    log_once.info.cache_clear()
    caplog.set_level("INFO", logger="absl")
    folder = tmp_path / name
    make(saving, folder)
    return folder


def make(saving, folder, key="score"):
    saving(folder, 600)
    saving(folder, 600, best=True)
    saving(folder, 1000)
    (folder / "run.json").write_text("{}")
    rows = [(600, 0.91), (1000, 0.4)]
    (folder / "metrics.jsonl").write_text(
        "".join(
            json.dumps({"step": step, "kind": "eval", key: value}) + "\n"
            for step, value in rows
        )
    )


def step_of(path, **options):
    model = albert_tf.load(path, **options)
    return int(models.named_weights(model)["encoder/pooler/bias"].numpy()[0])


def test_a_run_means_its_best_checkpoint(run, caplog):
    assert step_of(run) == 600
    said = [r.message for r in caplog.records if "Taking" in r.message]
    assert said == [
        f"Taking the best checkpoint of {run}: best/ckpt-600 (step 600, "
        "held-out score 0.9100)."
    ]
    assert step_of(run, which="best") == 600
    assert step_of(run, which="last") == 1000
    assert (
        f"Taking the last checkpoint of {run}: ckpt-1000 (step 1,000, "
        "held-out score 0.4000)." in caplog.text
    )


def test_pretraining_too(saving, tmp_path, caplog):
    log_once.info.cache_clear()
    caplog.set_level("INFO", logger="absl")
    make(saving, tmp_path / "run", "mlm_loss")
    assert step_of(tmp_path / "run") == 600
    assert "(step 600, held-out mlm_loss 0.9100)" in caplog.text


def test_a_path_to_a_checkpoint_is_what_it_says(run, caplog):
    assert step_of(run / "ckpt-600") == 600
    assert step_of(run / "ckpt-1000") == 1000
    assert step_of(run / "ckpt-1000.index") == 1000
    assert step_of(run / "best") == 600
    assert step_of(run / "best" / "ckpt-600") == 600
    assert "Taking" not in caplog.text
    for path in (run / "ckpt-1000", run / "best"):
        with pytest.raises(ValueError, match="must be used with the folder"):
            albert_tf.load(path, which="best")
    with pytest.raises(ValueError, match="must be best or last"):
        albert_tf.load(run, which="newest")


def test_a_run_that_was_not_evaluated(saving, tmp_path, name, caplog):
    log_once.info.cache_clear()
    caplog.set_level("INFO", logger="absl")
    run = tmp_path / name
    saving(run, 1000)
    (run / "run.json").write_text("{}")
    assert step_of(run) == 1000
    assert (
        f"{run} has no best checkpoint (it was not evaluated). Taking "
        "the last one: ckpt-1000." in caplog.text
    )
    with pytest.raises(FileNotFoundError, match="must have a best checkpoint"):
        albert_tf.load(run, which="best")


def test_a_best_that_was_removed(run, caplog):
    for file in (run / "best").iterdir():
        file.unlink()
    assert step_of(run) == 1000
    assert "no best checkpoint (its best/" in (caplog.text)


@pytest.mark.parametrize("lost", [".index", ".data-00000-of-00001"])
def test_a_damaged_best_is_an_error(run, lost):
    (run / "best" / f"ckpt-600{lost}").unlink()
    with pytest.raises(ValueError, match="are missing.*--which=last"):
        albert_tf.load(run)
    assert step_of(run, which="last") == 1000


def test_a_best_without_its_list(run):
    (run / "best" / "checkpoint").unlink()
    assert step_of(run) == 600


def test_damaged_metrics_do_not_keep_weights_back(run, caplog):
    (run / "metrics.jsonl").write_text("[\n")
    assert step_of(run) == 600
    assert "metrics.jsonl must hold one JSON object per line" in caplog.text
    assert "best/ckpt-600 (step 600)." in caplog.text


def test_a_run_that_goes_on_while_it_is_used(run, saving):
    taken = run_checkpoint.find(run)
    saving(run, 700, best=True)
    assert step_of(run) == 700
    with pytest.raises(FileNotFoundError, match="ckpt-600'"):
        albert_tf.load(taken)


def test_a_run_without_a_checkpoint(tmp_path):
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(FileNotFoundError, match="must have a checkpoint"):
        albert_tf.load(tmp_path)


def test_several_seeds_mean_the_best(saving, tmp_path, caplog):
    log_once.info.cache_clear()
    caplog.set_level("INFO", logger="absl")
    make(saving, tmp_path / "seed_1")
    saving(tmp_path / "seed_2", 50, best=True)
    saving(tmp_path / "seed_2", 80)
    (tmp_path / "seed_2" / "run.json").write_text("{}")
    with pytest.raises(
        FileNotFoundError, match="seed_1, seed_2.*not all finished"
    ):
        albert_tf.load(tmp_path)
    report = tmp_path / "seeds.json"
    report.write_text('{"best": {"seed": 2, "folder": "seed_2"}}')
    assert step_of(tmp_path) == 50
    assert f"of {tmp_path}: seed_2/best/ckpt-50 (step 50)." in caplog.text
    assert step_of(tmp_path, which="last") == 80
    report.write_text('{"seeds": {}}')
    with pytest.raises(FileNotFoundError, match="known to be the best"):
        albert_tf.load(tmp_path)


def test_of_several_paths_one_must_be_a_runs(run, tmp_path):
    taken = run_checkpoint.find_each([None, str(run), "model.keras"], "last")
    assert taken == [None, str(run / "ckpt-1000"), "model.keras"]
    with pytest.raises(ValueError, match="--which must be used with"):
        run_checkpoint.find_each([str(run / "best"), None], "last")


def test_convert_takes_the_same(run, tmp_path):
    for which, step in ((None, 600), ("last", 1000)):
        output = tmp_path / f"converted_{step}"
        convert.convert(run, output, "google", which=which)
        assert step_of(output) == step

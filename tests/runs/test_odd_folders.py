"""Runs in folders whose names TensorFlow takes for patterns."""

import json
import shutil

import pytest

import albert_tf

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ["sweep[lr=1e-3]", "back\\slash,a?"])
def test_a_pretraining_goes_on_and_ends_the_same(command, runs, tmp_path, name):
    whole, stopped = tmp_path / "whole", tmp_path / name / "run"
    assert runs.run(command(whole)).returncode == 0
    stopped.parent.mkdir()
    outcome = runs.run(command(stopped))
    assert outcome.returncode == 0, outcome.stderr
    # As a run that was killed after step 8.
    for file in stopped.iterdir():
        if file.name.startswith("ckpt-12"):
            file.unlink()
    (stopped / "checkpoint").write_text(
        'model_checkpoint_path: "ckpt-8"\n'
        'all_model_checkpoint_paths: "ckpt-8"\n'
    )
    outcome = runs.run(command(stopped))
    assert f"Resuming from {stopped}/ckpt-8" in outcome.stderr
    ends = [runs.final_weights(folder) for folder in (whole, stopped)]
    for key, value in ends[0].items():
        assert (value == ends[1][key]).all(), key


def test_googles_command_line_with_an_archive_as_it_is(
    command, runs, tmp_path, sizes
):
    """--init_checkpoint and --albert_config_file, which has another name."""
    first = tmp_path / "first"
    assert runs.run(command(first)).returncode == 0
    archive = tmp_path / "zip[1]"
    archive.mkdir()
    for file in first.glob("ckpt-12.*"):
        shutil.copy(file, archive / f"albert_model.ckpt{file.suffix}")
    config = {**sizes, "ln_type": "postln", "pooler_fc_size": 768}
    (archive / "albert_config_tiny_g.json").write_text(json.dumps(config))
    other = {**sizes, "num_hidden_layers": 1}
    (archive / "albert_config_other.json").write_text(json.dumps(other))
    outcome = runs.run(
        command(
            tmp_path / "second",
            init_checkpoint=archive / "albert_model.ckpt",
            albert_config_file=archive / "albert_config_tiny_g.json",
            num_train_steps=2,
            num_warmup_steps=1,
        )
    )
    assert outcome.returncode == 0, outcome.stderr
    assert " 0 missing, 0 unexpected" in outcome.stderr
    assert albert_tf.load(tmp_path / "second").config.num_hidden_layers == 2

"""Phases of several lengths: parsed, compiled once each, resumed exactly."""

import functools
import json
import shutil

import numpy as np
import pytest
import slowly
import tensorflow as tf

import albert_tf
from albert_tf import models
from albert_tf.planning import length_schedule
from albert_tf.planning.length_schedule import Phase
from albert_tf.training import pretraining
from albert_tf.training import run_schedule
from data_pipeline.pretraining.building import build


@pytest.fixture
def dropout_sizes(sizes):
    return {**sizes, "hidden_dropout_prob": 0.1}


def test_parsing_by_hand():
    assert length_schedule.parse("128:0.9,512:0.1", 1000) == (
        Phase(128, 0, 900),
        Phase(512, 900, 1000),
    )
    # Shares of 1/3 add up; every step is in one phase.
    phases = length_schedule.parse("16:.3333333,32:.3333333,8:.3333334", 10)
    assert phases == (Phase(16, 0, 3), Phase(32, 3, 7), Phase(8, 7, 10))
    of_step = [
        length_schedule.phase_of(phases, step).max_seq_length
        for step in range(10)
    ]
    assert of_step == 3 * [16] + 4 * [32] + 3 * [8]
    assert length_schedule.parse("64:1", 5) == (Phase(64, 0, 5),)


@pytest.mark.parametrize(
    "schedule",
    [
        "",
        "128",
        "128:0.9",
        "128:.5,128:.5",
        "0:1",
        "a:1",
        "8:1.5,9:-.5",
        "8:nan",
    ],
)
def test_schedules_that_are_none(schedule):
    with pytest.raises(ValueError, match="add up to 1") as error:
        length_schedule.parse(schedule, 100)
    assert repr(schedule) in str(error.value)


def test_a_phase_without_a_step():
    with pytest.raises(ValueError, match="none of which has length 512"):
        length_schedule.parse("128:0.9,512:0.1", 4)


def random_batches(phases, step):
    """Two rows of the phase's length, other ones in every step."""
    length = length_schedule.phase_of(phases, step).max_seq_length

    def batch(step):
        ids = tf.random.stateless_uniform(
            [2, length], [step, 1], 5, 70, "int32"
        )
        return {
            "token_ids": ids,
            "segment_ids": tf.zeros_like(ids),
            "padding_mask": tf.ones_like(ids),
            "mask_positions": tf.constant([[1, 2], [3, 4]]),
            "mask_ids": ids[:, :2],
            "mask_weights": tf.ones([2, 2]),
            "sentence_order": tf.constant([0, 1]),
        }

    return tf.data.Dataset.range(step, 1000).map(batch)


def test_one_program_for_each_length(monkeypatch, tmp_path, dropout_sizes):
    traces = []

    class Model(albert_tf.AlbertPretrainer):
        def call(
            self, inputs, training=False, dropout_seed=None, logits_only=False
        ):
            traces.append(inputs["token_ids"].shape[1])
            return super().call(
                inputs, training, dropout_seed, logits_only=logits_only
            )

    phases = length_schedule.parse("8:0.5,16:0.5", 20)
    monkeypatch.setattr(models, "AlbertPretrainer", Model)
    pretraining.train(
        tf.distribute.get_strategy(),
        pretraining.Setup(
            config=albert_tf.AlbertConfig(**dropout_sizes),
            output_dir=str(tmp_path),
            make_optimizer=functools.partial(
                albert_tf.create_optimizer,
                "lamb",
                learning_rate=0.001,
                num_train_steps=20,
            ),
            batch_size=2,
            seed=1,
        ),
        pretraining.Data(
            functools.partial(random_batches, phases), None, unigram_loss=4.0
        ),
        run_schedule.Schedule(
            num_train_steps=20,
            iterations_per_loop=3,
            save_checkpoints_steps=100,
            eval_steps=0,
            keep_checkpoint_max=1,
            changes=(10,),
        ),
    )
    assert traces == [8, 16]
    rows = (tmp_path / "metrics.jsonl").read_text().splitlines()
    steps = [json.loads(row)["step"] for row in rows]
    assert steps == [3, 6, 9, 10, 12, 15, 18, 20]


@pytest.fixture(scope="module")
def short_records(make_job, tmp_path_factory):
    """Records of `corpus` for rows of 32 tokens."""
    folder = tmp_path_factory.mktemp("records32") / "train"
    build.build(make_job(max_seq_length=32), str(folder))
    return folder


@pytest.fixture
def packed_command(
    command, dropout_sizes, short_records, record_folder, tmp_path
):
    """Of two lengths, with packing."""
    (tmp_path / "config.json").write_text(json.dumps(dropout_sizes))
    flags = {
        "albert_config_file": tmp_path / "config.json",
        "input_file": f"{short_records}/*.tfrecord,{record_folder}/*.tfrecord",
        "max_seq_length": None,
        "sequence_schedule": "32:0.5,64:0.5",
        "pack": True,
        "eval_steps": 0,
    }
    return lambda output_dir, **more: command(output_dir, **{**flags, **more})


@pytest.mark.slow
def test_a_packed_run_resumes_across_a_phase_exactly(
    packed_command, tmp_path, runs
):
    whole, resumed = tmp_path / "whole", tmp_path / "resumed"
    outcome = runs.run(packed_command(whole))
    assert outcome.returncode == 0, outcome.stderr
    # As if killed in the first phase, after step 4 of 12.
    shutil.copytree(whole, resumed)
    for path in (*resumed.glob("ckpt-8.*"), *resumed.glob("ckpt-12.*")):
        path.unlink()
    (resumed / "checkpoint").write_text('model_checkpoint_path: "ckpt-4"')
    outcome = runs.run(packed_command(resumed))
    assert outcome.returncode == 0, outcome.stderr
    assert "ckpt-4" in outcome.stderr
    expected = runs.final_weights(whole)
    for name, value in runs.final_weights(resumed).items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)


@pytest.mark.parametrize(
    "flags, rule, received",
    slowly.after(
        1,
        [
            ({"sequence_schedule": "32:1,64:1"}, "add up to 1", "'32:1,64:1'"),
            (
                {"sequence_schedule": "16:0.5,64:0.5"},
                "one set of records for each",
                "with 32",
            ),
            (
                {"sequence_schedule": "32:0.5,48:0.2,64:0.3"},
                "albert-tf records --max_seq_length=48",
                "without any of length 48",
            ),
            ({"max_seq_length": 32}, "must be the length of the last", "32"),
            ({"sequence_schedule": "64:1"}, "lie in one folder", "records32"),
        ],
    ),
)
def test_wrong_schedules(packed_command, tmp_path, flags, rule, received, runs):
    outcome = runs.run(packed_command(tmp_path / "run", **flags))
    assert outcome.returncode == 1
    assert rule in outcome.stderr and received in outcome.stderr
    assert "Traceback" not in outcome.stderr

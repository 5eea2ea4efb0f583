"""Depths that change: compiled once each, resumed exactly, judged whole."""

import dataclasses
import functools
import json
import shutil

import numpy as np
import pytest
import slowly
import tensorflow as tf

import albert_tf
from albert_tf import models
from albert_tf.planning import depth_schedule
from albert_tf.training import pretraining
from albert_tf.training import run_schedule
from albert_tf.training import steps

STEPS = 12
SCHEDULE = "1:0.5,2:0.25,4:0.25"


@pytest.fixture(scope="module")
def config(sizes):
    return albert_tf.AlbertConfig(
        **{**sizes, "num_hidden_layers": 4, "hidden_dropout_prob": 0.1}
    )


def batch(step):
    """Four rows of 8 tokens, other ones in every step."""
    ids = tf.random.stateless_uniform([4, 8], [step, 1], 5, 70, "int32")
    return {
        "token_ids": ids,
        "segment_ids": tf.zeros_like(ids),
        "padding_mask": tf.ones_like(ids),
        "mask_positions": tf.constant([[1, 2], [3, 4], [5, 6], [1, 7]]),
        "mask_ids": ids[:, :2],
        "mask_weights": tf.ones([4, 2]),
        "sentence_order": tf.constant([0, 1, 0, 1]),
    }


def batches(first_step, last_step=1000):
    return tf.data.Dataset.range(first_step, last_step).map(batch)


def train(folder, config):
    parts = depth_schedule.parse(SCHEDULE, STEPS, config)
    return pretraining.train(
        tf.distribute.get_strategy(),
        pretraining.Setup(
            config=config,
            output_dir=str(folder),
            make_optimizer=functools.partial(
                albert_tf.create_optimizer,
                "lamb",
                learning_rate=0.01,
                num_train_steps=STEPS,
            ),
            batch_size=4,
            seed=1,
            parts=parts,
        ),
        pretraining.Data(batches, lambda: (batches(500, 502), 2), 4.0),
        run_schedule.Schedule(
            num_train_steps=STEPS,
            iterations_per_loop=2,
            save_checkpoints_steps=2,
            eval_steps=3,
            keep_checkpoint_max=20,
            changes=tuple(part.stop_step for part in parts[:-1]),
        ),
    )


def rows(folder, kind):
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    found = [json.loads(line) for line in lines]
    return [row for row in found if row["kind"] == kind]


@pytest.fixture(scope="module")
def whole(tmp_path_factory, config):
    """A run from its start to its end: folder, weights, traces of the model.

    A trace is the depth, and whether it is for training.
    """
    folder, traces = tmp_path_factory.mktemp("whole"), []

    class Model(albert_tf.AlbertPretrainer):
        def call(
            self, inputs, training=False, dropout_seed=None, logits_only=False
        ):
            traces.append((self.encoder.transformer.num_layers, training))
            return super().call(
                inputs, training, dropout_seed, logits_only=logits_only
            )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "AlbertPretrainer", Model)
        model = train(folder, config)
    assert model.encoder.transformer.num_layers == 4
    return folder, models.named_weights(model), traces


@pytest.mark.slow
def test_one_program_for_each_depth(whole):
    folder, _, traces = whole
    assert [depth for depth, training in traces if training] == [1, 2, 4]
    assert [depth for depth, training in traces if not training] == [1, 2, 4]
    depths = {row["step"]: row["num_layers"] for row in rows(folder, "train")}
    assert depths == {2: 1, 3: 1, 4: 1, 6: 1, 8: 2, 9: 2, 10: 4, 12: 4}
    # An evaluation is of the depth that was trained last.
    held_out = rows(folder, "eval")
    depths = {row["step"]: row["num_layers"] for row in held_out}
    assert depths == {0: 1, 3: 1, 6: 1, 9: 2, 12: 4}
    # Only the whole model can be the best.
    assert [path.name for path in (folder / "best").glob("*.index")] == [
        "ckpt-12.index"
    ]


@pytest.mark.slow
@pytest.mark.parametrize("killed", [4, 6, 8])
def test_a_killed_run_resumes_across_changes_exactly(
    whole, tmp_path, config, killed
):
    folder, expected, _ = whole
    resumed = tmp_path / "resumed"
    shutil.copytree(folder, resumed)
    shutil.rmtree(resumed / "best")
    for path in resumed.glob("ckpt-*"):
        if int(path.stem.split("-")[1].split(".")[0]) > killed:
            path.unlink()
    (resumed / "checkpoint").write_text(
        f'model_checkpoint_path: "ckpt-{killed}"'
    )
    found = models.named_weights(train(resumed, config))
    for name, value in expected.items():
        np.testing.assert_array_equal(value, found[name], err_msg=name)
    timed = ("_per_second", "input_wait_share")
    untimed = [
        [
            {name: row[name] for name in row if not name.endswith(timed)}
            for row in rows(each, kind)
        ]
        for kind in ("train", "eval")
        for each in (folder, resumed)
    ]
    assert untimed[0] == untimed[1] and untimed[2] == untimed[3]


def test_fewer_layers_compute_what_a_shallower_model_does(config):
    grouped = dataclasses.replace(config, num_hidden_groups=2)
    for deep in (config, grouped):
        shallow = dataclasses.replace(deep, num_hidden_layers=2)
        one = albert_tf.AlbertPretrainer(deep, seed=1)
        other = albert_tf.AlbertPretrainer(shallow, seed=1)
        other.set_weights(one.get_weights())
        one.encoder.transformer.num_layers = 2
        for execution in ("unrolled", "loop"):
            for model in (one, other):
                model.encoder.execution = dataclasses.replace(
                    model.encoder.execution, depth=execution
                )
            expected = other(batch(3), all_layers=True)
            found = one(batch(3), all_layers=True)
            assert len(found["layer_outputs"]) == 2
            tf.nest.map_structure(
                np.testing.assert_array_equal, found, expected
            )


def test_every_weight_gets_its_gradient(config):
    model = albert_tf.AlbertPretrainer(config, seed=1)
    before = [value.copy() for value in model.get_weights()]
    optimizer = albert_tf.create_optimizer(
        "adamw", learning_rate=0.1, num_train_steps=9
    )
    optimizer.build(model.trainable_variables)
    model.encoder.transformer.num_layers = 1
    step = steps.make_train_step(
        tf.distribute.get_strategy(),
        model,
        optimizer,
        seed=1,
        accumulate_steps=2,
    )
    tf.distribute.get_strategy().run(step, args=(batch(1),))
    for old, new in zip(before, model.get_weights(), strict=True):
        assert (old != new).any()


@pytest.fixture
def deep_command(command, config, make_job, tmp_path):
    """Packed rows of two lengths at three depths, in parts, on two devices."""
    from data_pipeline.pretraining.building import build

    build.build(make_job(max_seq_length=32), str(tmp_path / "short"))
    (tmp_path / "config.json").write_text(json.dumps(config.to_dict()))
    records = command(tmp_path)  # its --input_file has rows of 64
    long = next(word for word in records if word.startswith("--input_file="))
    flags = {
        "albert_config_file": tmp_path / "config.json",
        "input_file": f"{tmp_path}/short/*.tfrecord,{long.split('=')[1]}",
        "max_seq_length": None,
        "sequence_schedule": "32:0.75,64:0.25",
        "depth_schedule": SCHEDULE,
        "pack": True,
        "precision": "bfloat16",
        "accumulate_steps": 2,
        "strategy": "mirrored",
        "num_cpu_devices": 2,
    }
    return lambda output_dir, **more: command(output_dir, **{**flags, **more})


@pytest.mark.slow
def test_a_run_of_all_schedules_resumes_exactly(deep_command, tmp_path, runs):
    whole, resumed = tmp_path / "whole", tmp_path / "resumed"
    outcome = runs.run(deep_command(whole))
    assert outcome.returncode == 0, outcome.stderr
    assert "Steps 7 to 9 run 2 layers" in outcome.stderr
    settings = json.loads((whole / "run.json").read_text())
    assert settings["depth_schedule"] == SCHEDULE
    shutil.copytree(whole, resumed)
    for path in (*resumed.glob("ckpt-8.*"), *resumed.glob("ckpt-12.*")):
        path.unlink()
    (resumed / "checkpoint").write_text('model_checkpoint_path: "ckpt-4"')
    outcome = runs.run(deep_command(resumed))
    assert outcome.returncode == 0, outcome.stderr
    expected = runs.final_weights(whole)
    for name, value in runs.final_weights(resumed).items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)


@pytest.mark.parametrize(
    "flags, rule, received",
    slowly.after(
        0,
        [
            ({"depth_schedule": "1:0.5,3:0.5"}, "must rise to", "4 layers"),
            ({"depth_schedule": "1:0.5,4:0.6"}, "add up to 1", "'1:0.5,4:0.6'"),
        ],
    ),
)
def test_wrong_schedules(deep_command, tmp_path, flags, rule, received, runs):
    outcome = runs.run(deep_command(tmp_path / "run", **flags))
    assert outcome.returncode == 1
    assert rule in outcome.stderr and received in outcome.stderr
    assert "Traceback" not in outcome.stderr

"""A fine-tuned head comes from where it lies, and is found in the run."""

import functools

import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf import models
from albert_tf.finetuning import multitask
from albert_tf.finetuning import run_setup
from albert_tf.finetuning import training as finetuning
from albert_tf.interop import convert
from albert_tf.runs import run_folder
from albert_tf.training import distribution
from albert_tf.training import run_schedule
from data_pipeline.tasks.batches import batch_plan

STEPS, BATCH, LENGTH = 2, 2, 6
# Kind -> model, its arguments, labels of a batch. The second one's head reads
# no pooler, which stays as it is then.
KINDS = {
    "classification": (albert_tf.AlbertClassifier, [BATCH]),
    "tagging": (albert_tf.AlbertTagger, [BATCH, LENGTH]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_from_a_file_to_a_run(sizes, tmp_path, kind):
    model_class, shape = KINDS[kind]
    config = albert_tf.AlbertConfig(**sizes)
    start = model_class(config, num_classes=3)
    # Far from zeros, where a new head's bias starts.
    start.head.bias.assign([5.0, 6.0, 7.0])
    start.save(tmp_path / "start.keras")
    folder = tmp_path / "run"
    run_folder.claim(str(folder), {}, {})
    config.to_json(str(folder / "albert_config.json"))
    network = train(kind, config, tmp_path / "start.keras", shape, folder)

    trained = albert_tf.load(folder)
    assert type(trained) is model_class
    found, before = models.named_weights(trained), models.named_weights(start)
    assert found.keys() == before.keys() == network.weights.keys()
    for name, weight in network.weights.items():
        np.testing.assert_array_equal(found[name], weight, err_msg=name)
        np.testing.assert_allclose(weight, before[name], atol=0.01)
        moves = kind != "tagging" or "pooler" not in name
        assert (found[name].numpy() != before[name].numpy()).any() == moves


def train(kind, config, start, shape, folder):
    strategy = distribution.make_strategy("one_device")
    ones = tf.ones([STEPS, BATCH, LENGTH], tf.int32)
    dataset = tf.data.Dataset.from_tensor_slices(
        {
            "token_ids": ones,
            "segment_ids": ones,
            "padding_mask": ones,
            "label": tf.ones([STEPS, *shape], tf.int32),
            "item": ones[..., 0],
        }
    )
    settings = run_setup.Setup(
        config=config,
        output_dir=str(folder),
        heads={"task": multitask.Head(kind, num_classes=3)},
        make_optimizer=functools.partial(
            albert_tf.create_optimizer, "adamw", num_train_steps=STEPS + 1
        ),
        learning_rate=1e-3,
        num_warmup_steps=0,
        batch_size=BATCH,
        seed=0,
        init_checkpoint=str(start),
    )
    plan = batch_plan.Plan((("task", LENGTH),), np.zeros(STEPS, np.int32), ())
    data = finetuning.TrainingData(
        plan=lambda seed: plan,
        batches=lambda plan, kind, first: (
            strategy.distribute_datasets_from_function(
                lambda context: dataset.skip(first)
            )
        ),
        evaluate=None,
        badness=lambda values: values["loss"],
        chance_loss=None,
    )
    schedule = run_schedule.Schedule(
        num_train_steps=STEPS,
        iterations_per_loop=STEPS,
        save_checkpoints_steps=STEPS,
        eval_steps=0,
        keep_checkpoint_max=1,
    )
    return finetuning.train(strategy, settings, data, schedule)[0]


def test_googles_files_do_not_say_what_their_classifier_is(sizes, tmp_path):
    config = albert_tf.AlbertConfig(**sizes)
    start = albert_tf.AlbertMultipleChoice(config)
    start.head.bias.assign([5.0])
    start.save(tmp_path / "start.keras")
    convert.convert(tmp_path / "start.keras", tmp_path / "google", "google")
    network = multitask.MultitaskModel(
        tf.distribute.get_strategy(),
        config,
        {"race": multitask.Head("multiple_choice")},
    )
    network.initialize(str(tmp_path / "google"))
    assert network.weights["multiple_choice/bias"].numpy() == [5.0]

"""Which checkpoints there are after going back."""

import pytest
import tensorflow as tf

import albert_tf
from albert_tf import models
from albert_tf.training import checkpoints


@pytest.fixture
def saved(sizes, tmp_path):
    """Saves at a step; three stay."""
    model = albert_tf.AlbertPretrainer(albert_tf.AlbertConfig(**sizes))
    optimizer = albert_tf.create_optimizer(
        "lamb", learning_rate=1e-3, num_train_steps=1000
    )
    optimizer.build(model.trainable_variables)
    found = checkpoints.Checkpoints(
        str(tmp_path), models.named_weights(model), optimizer, keep=3
    )

    def save(step, best=False):
        optimizer.iterations.assign(step)
        (found.save_best if best else found.save)(step)

    for step in (100, 200, 300):
        save(step)
    save(150, best=True)
    return found, optimizer


def steps(folder):
    paths = checkpoints.saved_in(str(folder))
    assert all(tf.io.gfile.exists(f"{path}.index") for path in paths)
    return [checkpoints.step_of(path) for path in paths]


def test_back_to_one_of_the_checkpoints(saved, tmp_path):
    found, optimizer = saved
    found.restore_until(149)
    assert int(optimizer.iterations) == 100
    found.forget_after(100)
    assert steps(tmp_path) == [100]
    assert not list(tmp_path.glob("ckpt-[23]00*"))


def test_back_to_the_best(saved, tmp_path):
    """It becomes one of the run's, from which a killed run would go on."""
    found, optimizer = saved
    found.restore_until(199)
    assert int(optimizer.iterations) == 150
    found.forget_after(150)
    assert steps(tmp_path)[-1] == 150 and max(steps(tmp_path)) == 150
    assert steps(tmp_path / "best") == [150]
    found.restore_latest()
    assert int(optimizer.iterations) == 150

"""Published recipes, by task, size and version."""

import pytest

import albert_tf
from albert_tf.optimization import recipes


@pytest.mark.parametrize(
    "task, count, version, expected",
    [
        ("rte", 2490, 2, (3e-5, 32, 800, 200, 0.1)),
        ("cola", 8551, 2, (1e-5, 16, 5336, 320, 0.0)),
        ("race", 87866, 1, (2e-5, 32, 12000, 1000, 0.1)),
        ("race", 87866, 2, (1e-5, 32, 12000, 1000, 0.0)),
        ("squad2", 130319, 2, (3e-5, 48, 8144, 814, 0.0)),
        # A part of the data: as many epochs.
        ("squad2", 13032, 2, (3e-5, 48, 814, 81, 0.0)),
    ],
)
def test_published_recipes(task, count, version, expected):
    config = albert_tf.AlbertConfig.named(f"base_v{version}")
    found = recipes.choose(task, "any", config, count)
    assert expected == (
        found.learning_rate,
        found.batch_size,
        found.num_steps,
        found.num_warmup_steps,
        found.dropout_prob,
    )


def test_recipes_where_nothing_is_published():
    found = recipes.choose(
        "custom", "tagging", albert_tf.AlbertConfig.named("xlarge"), 3200
    )
    assert (found.learning_rate, found.num_steps) == (1e-5, 300)
    assert "no published recipe" in found.source
    longer = recipes.overridden(found, 3200, num_train_epochs=6)
    assert (longer.num_steps, longer.num_warmup_steps) == (600, 60)
    with pytest.raises(ValueError, match="Warm-up"):
        recipes.overridden(found, 3200, num_steps=5, num_warmup_steps=5)

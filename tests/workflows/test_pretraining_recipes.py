"""Recipes by name: what they set, what wins over them, what is said."""

import dataclasses
import json

import pytest

import albert_tf
from albert_tf.workflows.pretraining import recipes


@pytest.fixture
def config_of(tmp_path, sizes):
    """Makes a config with --recipe=fast for a model, and other settings."""

    def make(given=(), model=None, **settings):
        path = tmp_path / "config.json"
        path.write_text(json.dumps({**sizes, **(model or {})}))
        return albert_tf.PretrainConfig(
            albert_config_file=str(path),
            recipe="fast",
            given=frozenset(given),
            **settings,
        )

    return make


def test_without_a_recipe_nothing_changes(config_of):
    config = dataclasses.replace(config_of(), recipe=None)
    assert recipes.applied(config) is config


def test_fast_trains_half_of_the_layers_first(config_of, caplog):
    with caplog.at_level("INFO"):
        found = recipes.applied(config_of(model={"num_hidden_layers": 5}))
    assert found.depth_schedule == "2:0.6,5:0.4"
    assert "--recipe=fast: --depth_schedule=2:0.6,5:0.4." in caplog.text
    # The settings decide a run's numbers, not the name of the recipe.
    assert (
        not albert_tf.PretrainConfig.__dataclass_fields__["recipe"]
        .metadata["setting"]
        .decides
    )


@pytest.mark.parametrize(
    "model",
    [
        {"num_hidden_layers": 1},
        {"num_hidden_layers": 4, "share_parameters": "none"},
        {"num_hidden_layers": 4, "num_hidden_groups": 4},
    ],
)
def test_fast_leaves_models_alone_that_have_no_fewer_layers(
    config_of, model, caplog
):
    with caplog.at_level("INFO"):
        assert recipes.applied(config_of(model=model)).depth_schedule is None
    assert "--recipe=fast: no other settings." in caplog.text


def test_a_given_setting_wins_even_if_it_is_the_default(config_of, caplog):
    with caplog.at_level("INFO"):
        found = recipes.applied(config_of(["depth_schedule"]))
    assert found.depth_schedule is None
    assert "not the recipe's: --depth_schedule=None." in caplog.text
    other = recipes.applied(config_of(depth_schedule="1:0.2,2:0.8"))
    assert other.depth_schedule == "1:0.2,2:0.8"


def test_an_unknown_recipe(config_of):
    with pytest.raises(ValueError, match="must be one of fast"):
        dataclasses.replace(config_of(), recipe="faster")


def test_the_estimate_counts_the_recipe(config_of):
    settings = {
        "device_memory_gb": 8.0,
        "flops_per_second": 1e9,
        "num_train_steps": 100,
        "max_seq_length": 64,
    }
    fast = albert_tf.estimate(config_of(**settings))
    slow = albert_tf.estimate(config_of(["depth_schedule"], **settings))
    assert fast.flops < slow.flops
    assert "1, then 2 layers" in fast.text

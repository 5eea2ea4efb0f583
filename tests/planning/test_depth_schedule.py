"""Parts of several depths: parsed, checked, joined with row lengths."""

import pytest

import albert_tf
from albert_tf.planning import depth_schedule
from albert_tf.planning import length_schedule
from albert_tf.planning.depth_schedule import Part


def config(layers=12, **sizes):
    return albert_tf.AlbertConfig.named(
        "base", num_hidden_layers=layers, **sizes
    )


def test_parsing_by_hand():
    parts = depth_schedule.parse("3:0.5,6:0.3,12:0.2", 100, config())
    assert parts == (Part(3, 0, 50), Part(6, 50, 80), Part(12, 80, 100))
    # Steps count from 1; an evaluation before the first is one of part 1.
    depths = [
        depth_schedule.part_of(parts, step).num_layers
        for step in (0, 1, 50, 51, 80, 81, 100)
    ]
    assert depths == [3, 3, 3, 6, 6, 12, 12]
    assert depth_schedule.parse("12:1", 7, config()) == (Part(12, 0, 7),)
    assert depth_schedule.whole(config(), 7) == (Part(12, 0, 7),)


@pytest.mark.parametrize(
    "schedule, rule",
    [
        ("", "depth:share pairs"),
        ("3:0.5,12:0.6", "add up to 1"),
        ("12:0.5,12:0.5", "each depth once"),
        ("0:0.5,12:0.5", "add up to 1"),
        ("3:0.5,6:0.5", "rise to the model's num_hidden_layers"),
        ("24:0.5,12:0.5", "rise to the model's num_hidden_layers"),
        ("6:0.3,3:0.3,12:0.4", "rise to the model's num_hidden_layers"),
        ("3:0.999,12:0.001", "none of which has depth 12"),
    ],
)
def test_schedules_that_do_not_fit(schedule, rule):
    with pytest.raises(ValueError, match=rule) as error:
        depth_schedule.parse(schedule, 100, config())
    assert "--depth_schedule" in str(error.value)
    assert repr(schedule) in str(error.value)


@pytest.mark.parametrize(
    "sharing, half",
    [
        ({"share_parameters": "none"}, "attention"),
        ({"share_parameters": "attention"}, "feed-forward"),
        ({"share_parameters": "ffn"}, "attention"),
        ({"num_hidden_groups": 4}, "attention"),
    ],
)
def test_layers_with_weights_of_their_own(sharing, half):
    with pytest.raises(ValueError, match="must use all weights") as error:
        depth_schedule.parse("3:0.5,12:0.5", 100, config(**sharing))
    assert f"sets of {half} weights" in str(error.value)
    assert "3 layers cannot" in str(error.value)


def test_groups_keep_their_order():
    """A shallower model has fewer layers in each group, but all groups."""
    grouped = config(num_hidden_groups=3)
    parts = depth_schedule.parse("3:0.5,12:0.5", 10, grouped)
    assert [part.num_layers for part in parts] == [3, 12]


def test_lengths_and_depths_change_separately():
    phases = length_schedule.parse("128:0.9,512:0.1", 100)
    parts = depth_schedule.parse("3:0.5,12:0.5", 100, config())
    assert depth_schedule.stretches(phases, parts) == [
        (128, 3, 0, 50),
        (128, 12, 50, 90),
        (512, 12, 90, 100),
    ]

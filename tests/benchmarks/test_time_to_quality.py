"""Recipes, times and the report of the comparison by time."""

import numpy as np
import pytest

import albert_tf
from albert_tf import models
from benchmarks import learning_rates
from benchmarks.time_to_quality import corpus
from benchmarks.time_to_quality import recipes
from benchmarks.time_to_quality import report
from benchmarks.time_to_quality import runs


def test_recipes_have_the_models_depth_and_the_rows_length():
    both = recipes.read("both", 6, 128)
    assert both.flags["depth_schedule"] == "1:0.4,2:0.3,6:0.3"
    assert both.flags["sequence_schedule"] == "32:0.6,128:0.4"
    assert recipes.lengths(both, 128) == [32, 128]
    assert recipes.lengths(recipes.read("pack", 6, 128), 128) == [128]
    mine = recipes.read("mine=--pack --depth_schedule=1:0.5,{layers}:0.5", 4, 8)
    assert mine == (
        "mine",
        {"pack": "true", "depth_schedule": "1:0.5,4:0.5"},
    )


@pytest.mark.parametrize(
    "text, rule", [("best", "must be one of google"), ("a=pack", "--name")]
)
def test_recipes_that_mean_nothing(text, rule):
    with pytest.raises(ValueError, match=rule):
        recipes.read(text, 4, 128)


def test_the_named_recipes_are_settings_of_a_config():
    known = albert_tf.PretrainConfig.__dataclass_fields__
    for name in recipes.TABLE:
        assert {*recipes.read(name, 4, 128).flags} <= {*known}


def test_seconds_of_a_step_are_those_of_each_depth():
    """The first report of a depth does not count, nor does what is no step."""
    config = albert_tf.AlbertConfig.named("base", num_hidden_layers=4)
    rows = [
        {"step": step, "sequences_per_second": speed}
        for step, speed in zip(
            range(5, 45, 5), [1, 32, 32, 32, 2, 16, 16, 16], strict=True
        )
    ]
    flags = {"depth_schedule": "2:0.5,4:0.5"}
    each, start = runs.step_seconds(rows, 100.0, config, flags, batch=32)
    assert each == 0.5 * 1 + 0.5 * 2
    assert start == 100 - 40 * 1.5


def run_of(recipe, losses, seed=1, minutes=10.0, layers=None, precision="a"):
    layers = layers or [4] * len(losses)
    return {
        "recipe": recipe,
        "precision": precision,
        "learning_rate": 0.01,
        "seed": seed,
        "minutes": minutes,
        "rows_per_second": 100.0,
        "points": [
            {
                "step": number,
                "seconds": 60 * minutes * number / len(losses),
                "num_layers": depth,
                "loss": loss,
            }
            for number, (loss, depth) in enumerate(
                zip(losses, layers, strict=True), start=1
            )
        ],
    }


MEASURED = [
    run_of("google", [7.0, 6.0]),
    run_of("google", [7.0, 5.8], seed=2),
    # A shallow model that is as good is not the model that was asked for.
    run_of("depth", [5.0, 5.5, 5.2], layers=[2, 4, 4], minutes=5.0),
    run_of("depth", [6.5, 5.95, 5.9], seed=2, minutes=5.0),
    run_of("pack", [6.5, 5.95]),
]


def test_the_time_to_googles_loss():
    assert report.target(MEASURED, "a") == pytest.approx(5.9)
    assert report.seconds_to(MEASURED[2:3], 5.9, layers=4) == 200
    assert report.seconds_to(MEASURED[4:], 5.9, layers=4) is None


def test_the_report_has_a_row_for_each_recipe(tmp_path):
    lines = report.table(MEASURED, 10.0, layers=4)
    assert lines[2].startswith("| google | a | 0.01 | 100 | – | 5.900 (5.800")
    assert lines[3] == (
        "| depth | a | 0.01 | 100 | 5.550 (5.200 to 5.900) | – | 250 s, 0.42 |"
    )
    assert lines[4].endswith("| – | 5.950 | not reached by 1 of 1 |")
    path = tmp_path / "report.md"
    report.write(
        str(path), MEASURED, {"load_before": 0.1}, ["-x"], 10.0, 4, "wall clock"
    )
    assert "![held-out loss over time](report.png)" in path.read_text()
    assert (tmp_path / "report.png").read_bytes()[:4] == b"\x89PNG"


def test_held_out_rows_are_scored_and_texts_streamed(
    record_folder, tmp_path, sizes
):
    pattern = f"{record_folder}/*.tfrecord"
    held_out = str(tmp_path / "heldout.npz")
    corpus.write_held_out(pattern, 64, 100, held_out)
    config = albert_tf.AlbertConfig(**sizes)
    scorer = runs.Scorer(config, held_out)
    model = albert_tf.AlbertPretrainer(config, seed=3)
    weights = model.get_weights()
    # A model that knows nothing, at both depths.
    whole, shallow = (scorer.loss(weights, layers) for layers in (2, 1))
    assert whole == pytest.approx(np.log(70), abs=0.1) and shallow != whole
    flat = models.named_weights(model)["masked_lm/output_bias"]
    flat.assign(flat + 100 * (np.arange(70) == 9))
    assert scorer.loss(model.get_weights(), 2) > 50
    corpus.write_stream(pattern, 64, str(tmp_path / "rows.npy"))
    rows = np.load(tmp_path / "rows.npy")
    assert rows.shape[1] == 64 and len(rows) > 5
    assert not np.isin(rows, [0, 4]).any()  # padding and [MASK]


def test_what_a_rule_loses_against_the_best_rate():
    rule = learning_rates.automatic(32, 1000)
    assert rule.warmup < 1 and rule.rate > 0
    other = learning_rates.Choice(0.02, 0.05, True)
    group = learning_rates.Group("demo", 128, 2, 32)
    line = learning_rates.line(group, {rule: 5.25, other: 5.0}, rule)
    assert line.startswith("| demo | 128 | 2 | 32 | 0.02 | 0.05 | on | 5.000 |")
    assert line.endswith("| 5.250 | 0.250 |")

"""examples/minimal_pretraining.py: both losses fall."""

import importlib.util
import math
import pathlib

import pytest

SCRIPT = pathlib.Path(__file__).parent.parent.parent / "examples"


def run(steps, capsys):
    """The history, and the entropy that the example prints."""
    spec = importlib.util.spec_from_file_location(
        "minimal_pretraining", SCRIPT / "minimal_pretraining.py"
    )
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    history = example.main(steps)
    entropy = float(capsys.readouterr().out.split("pieces: ")[1].split()[0])
    return history, entropy


def test_words_around_a_mask_are_used(capsys):
    history, entropy = run(96, capsys)
    assert history[-1]["mlm_loss"] < entropy < history[0]["mlm_loss"]


@pytest.mark.slow
def test_both_losses_fall(capsys):
    (first, *_, last), entropy = run(600, capsys)
    assert last["mlm_loss"] < entropy / 2 < first["mlm_loss"]
    assert last["order_loss"] < math.log(2) / 2
    assert last["order_accuracy"] > 0.9

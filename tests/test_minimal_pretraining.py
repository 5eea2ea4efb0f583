"""examples/minimal_pretraining.py: both losses fall."""

import importlib.util
import math
import pathlib

SCRIPT = pathlib.Path(__file__).parent.parent / "examples"


def test_losses_fall(capsys):
    spec = importlib.util.spec_from_file_location(
        "minimal_pretraining", SCRIPT / "minimal_pretraining.py"
    )
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    history = example.main(96)
    first, last = history[0], history[-1]
    entropy = float(capsys.readouterr().out.split("pieces: ")[1].split()[0])
    assert last["mlm_loss"] < entropy < first["mlm_loss"]
    assert last["order_loss"] < math.log(2) / 2
    assert last["order_accuracy"] > 0.8

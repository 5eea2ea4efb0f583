"""What a pretraining's evaluation is of, and that none replaces another's."""

import json
import types

import pytest

import albert_tf
from albert_tf.exporting.card import run as card_run
from albert_tf.runs import checkpoints
from albert_tf.runs import evaluations
from albert_tf.runs import run_checkpoint
from albert_tf.workflows.pretraining import record as pretraining_record
from data_pipeline.pretraining import mask_config

RESULTS = {"mlm_loss": 5.5, "examples": 40}


@pytest.fixture
def write(sizes, tmp_path):
    """Writes as a run with these settings; gives the run's folder."""
    model = albert_tf.AlbertPretrainer(albert_tf.AlbertConfig(**sizes))
    for place, step in ((tmp_path / "best", 6), (tmp_path, 9)):
        place.mkdir(exist_ok=True)
        name = f"ckpt-{step}"
        (place / "checkpoint").write_text(f'model_checkpoint_path: "{name}"\n')
        for end in (".index", ".data-00000-of-00001"):
            (place / f"{name}{end}").touch()
    (tmp_path / "run.json").write_text("{}")

    def write(shards, results=RESULTS, **given):
        config = albert_tf.PretrainConfig(
            output_dir=str(tmp_path),
            **{"input_file": "/data/train-*", "eval_seed": 1, **given},
        )
        record_set = types.SimpleNamespace(
            manifest=types.SimpleNamespace(shards=[{"sha256": shards}]),
            max_seq_length=64,
            files=range(50),
        )
        path = checkpoints.saved_in(str(tmp_path))[-1]
        if not config.do_train:
            path = run_checkpoint.find(str(tmp_path), config.which)
        pretraining_record.write(config, model, record_set, results, path)
        return tmp_path

    return write


def test_training_and_other_evaluations_lie_apart(write):
    run = write("a", do_train=True, eval_input_file="/data/heldout-*")
    before = (run / "eval_results.json").read_bytes()
    assert json.loads(before) == RESULTS
    for shards, which in (("b", None), ("b", "last"), ("c", None)):
        write(shards, {"mlm_loss": 1.0}, do_train=False, which=which)
    write("c", {"mlm_loss": 2.0}, do_train=False)  # the same again
    assert (run / "eval_results.json").read_bytes() == before
    first, *others = evaluations.read(str(run))
    assert (first["checkpoint"], first["step"]) == ("ckpt-9", 9)
    (part,) = first["data"]["pretraining"]
    assert (part["file"], part["rows"]) == ("data/heldout-*", 40)
    found = sorted((e["checkpoint"], e["results"]["mlm_loss"]) for e in others)
    assert found == [("best/ckpt-6", 1), ("best/ckpt-6", 2), ("ckpt-9", 1)]
    assert others[0]["data"]["pretraining"][0]["rows"] == 50
    assert card_run.read(str(run / "ckpt-9")).evaluations[0] == first


def test_masks_are_part_of_what_decides(write):
    (each,) = evaluations.read(str(write("a", do_train=True)))
    for name in mask_config.recorded(mask_config.MaskConfig()):
        assert name in each["settings"]

"""Pretraining that starts from other weights or other records."""

import json

import numpy as np
import pytest
import tensorflow as tf

from data_pipeline.pretraining import mask_config
from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining.building import masked_records
from data_pipeline.pretraining.records import examples as examples_lib
from data_pipeline.pretraining.records import features as records
from data_pipeline.pretraining.records import randomness
from data_pipeline.pretraining.records import record_sets
from data_pipeline.text import tokenizers


@pytest.mark.slow
def test_starting_from_the_weights_of_another_run(
    finished, command, tmp_path, runs
):
    folder, _ = finished
    outcome = runs.run(
        command(tmp_path / "run", init_checkpoint=folder, learning_rate=1e-9)
    )
    assert outcome.returncode == 0, outcome.stderr
    expected = runs.final_weights(folder)
    for name, value in runs.final_weights(tmp_path / "run").items():
        np.testing.assert_allclose(value, expected[name], atol=1e-6)


@pytest.fixture(scope="module")
def google_records_file(record_folder, vocabulary, tmp_path_factory):
    """The records of `record_folder`, masked, in Google's format."""
    tokenizer = tokenizers.load(vocabulary)
    record_set = record_sets.open_records(f"{record_folder}/*.tfrecord", 64)
    numbers = np.arange(len(record_set.files))
    serialized = record_set.files.read(numbers).tolist()
    token_ids, first_length, _ = records.parse(serialized)
    examples = [
        examples_lib.Example(ids, first)
        for ids, first in zip(
            token_ids.to_list(), first_length.numpy().tolist(), strict=True
        )
    ]
    path = tmp_path_factory.mktemp("google") / "masked.tfrecord"
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in masked_records.serialize(
            examples,
            mask_spec.from_config(
                mask_config.MaskConfig(max_predictions_per_seq=6), tokenizer
            ),
            randomness.fold(1, numbers),
            max_seq_length=64,
        ):
            writer.write(record)
    return path


@pytest.mark.slow
def test_records_of_googles_format(
    google_records_file, vocabulary, command, tmp_path, runs
):
    flags = {
        "input_file": google_records_file,
        "eval_input_file": google_records_file,
    }
    outcome = runs.run(command(tmp_path / "run", do_eval=True, **flags))
    assert outcome.returncode == 0, outcome.stderr
    evaluations = runs.rows(tmp_path / "run", "eval")
    assert evaluations[-1]["mlm_loss"] < evaluations[0]["mlm_loss"]
    assert 0 < evaluations[0]["sentence_order_loss"] < 1
    assert not (tmp_path / "run/tokenizer.json").exists()
    # Only with a vocabulary named can the run be exported.
    outcome = runs.run(
        command(
            tmp_path / "named",
            num_train_steps=4,
            eval_steps=0,
            spm_model_file=vocabulary,
            **flags,
        )
    )
    assert outcome.returncode == 0, outcome.stderr
    saved = tokenizers.load(tmp_path / "named")
    assert saved.fingerprint == tokenizers.load(vocabulary).fingerprint


@pytest.mark.slow
def test_records_of_googles_format_that_do_not_fit(
    google_records_file, command, config_file, tmp_path, runs, sizes
):
    (tmp_path / "config.json").write_text(
        json.dumps({**sizes, "vocab_size": 60})
    )
    for flags, message in (
        ({"max_predictions_per_seq": 20}, "Pass --max_predictions_per_seq=6."),
        ({"max_seq_length": 32}, "Pass --max_seq_length=64."),
        (
            {"albert_config_file": tmp_path / "config.json"},
            "The config's vocab_size must",
        ),
    ):
        outcome = runs.run(
            command(
                tmp_path / "run",
                **{
                    "input_file": google_records_file,
                    "eval_input_file": None,
                    **flags,
                },
            )
        )
        assert outcome.returncode == 1
        assert message in outcome.stderr and "Traceback" not in outcome.stderr


@pytest.mark.slow
def test_growing_starts_from_the_same_function(
    finished, command, tmp_path, runs, sizes
):
    folder, _ = finished
    config = {**sizes, "num_hidden_groups": 2, "inner_group_num": 2}
    (tmp_path / "config.json").write_text(json.dumps(config))
    outcome = runs.run(
        command(
            tmp_path / "run",
            albert_config_file=tmp_path / "config.json",
            grow_from=folder,
            num_train_steps=4,
            strategy="mirrored",
        )
    )
    assert outcome.returncode == 0, outcome.stderr
    before = runs.rows(folder, "eval")[-1]
    after = runs.rows(tmp_path / "run", "eval")[0]
    assert after["step"] == 0
    for name in ("mlm_loss", "sentence_order_loss"):
        assert after[name] == pytest.approx(before[name], rel=1e-5)


@pytest.mark.slow
def test_a_part_of_the_weights(finished, command, tmp_path, runs, sizes):
    folder, _ = finished
    (tmp_path / "config.json").write_text(
        json.dumps({**sizes, "intermediate_size": 20})
    )
    flags = {
        "albert_config_file": tmp_path / "config.json",
        "init_checkpoint": folder,
        "num_train_steps": 4,
        "strategy": "mirrored",
    }
    outcome = runs.run(command(tmp_path / "refused", **flags))
    assert outcome.returncode == 1
    assert "ffn/inner_kernel (16, 24), not (16, 20)" in outcome.stderr
    outcome = runs.run(
        command(tmp_path / "allowed", allow_partial_init=True, **flags)
    )
    assert outcome.returncode == 0, outcome.stderr
    assert "0 unexpected, 3 with a different shape" in outcome.stderr

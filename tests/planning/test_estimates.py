"""albert-tf estimate: both kinds of runs, and what is taken for granted."""

import dataclasses
import json

import commands
import pytest

import albert_tf
from albert_tf import config as config_lib
from albert_tf.planning import device_rate
from albert_tf.planning import estimate
from albert_tf.planning import flops
from albert_tf.planning import length_schedule
from data_pipeline.commands import command_line


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """A command collects its garbage at its end, which takes long here."""
    monkeypatch.setattr(command_line.gc, "collect", lambda: 0)
    monkeypatch.setattr(device_rate, "measure", lambda precision: 1e9)


@pytest.fixture
def estimated(capsys):
    """Runs it; what it ended with, and what it printed, as one line."""

    def run(word, *switches, **given):
        code = commands.run_line(
            [
                "albert-tf",
                "estimate",
                word,
                *(f"--{name}" for name in switches),
                *(f"--{name}={value}" for name, value in given.items()),
            ]
        )
        return code, " ".join(capsys.readouterr().out.split())

    return run


@pytest.fixture
def own_data(tmp_path, sizes, vocabulary):
    """Flags of a run on 80 rows of two words."""
    (tmp_path / "config.json").write_text(json.dumps(sizes))
    rows = [f"the cat,{number % 2}" for number in range(80)]
    (tmp_path / "train.csv").write_text("\n".join(["text,label", *rows]))
    return {
        "albert_config_file": tmp_path / "config.json",
        "task_name": "custom",
        "task_type": "classification",
        "train_file": tmp_path / "train.csv",
        "spm_model_file": vocabulary,
    }


def test_parameters_are_those_of_a_tasks_model(sizes):
    config = config_lib.AlbertConfig(**sizes)
    for model, classes in (
        (albert_tf.AlbertClassifier(config, 3), 3),
        (albert_tf.AlbertTagger(config, 5), 5),
        (albert_tf.AlbertSpan(config), 2),
    ):
        assert flops.encoder_parameters(config, classes) == model.count_params()


def test_heads_that_read_tokens_need_the_last_layer():
    base = config_lib.AlbertConfig.named("base")
    given = {"batch_size": 8, "max_seq_length": 128}
    first = flops.per_task_step(base, **given, reads_tokens=False)
    tokens = flops.per_task_step(base, **given, reads_tokens=True)
    pretraining = flops.per_step(base, **given, max_predictions_per_seq=0)
    assert first == pretraining
    assert 1.05 < tokens / first < 1.1  # one layer of twelve, most of it


def task_shape(**changed):
    return estimate.Shape(
        **{
            "config": config_lib.AlbertConfig.named("base"),
            "train_batch_size": 32,
            "phases": (length_schedule.Phase(512, 0, 10),),
            "max_predictions_per_seq": 0,
            "device_memory_gb": 16,
            "task": estimate.Task(classes=1, rows_per_example=4),
            **changed,
        }
    )


def test_choices_stay_together():
    shape = task_shape()
    rows, examples = estimate.largest_rows(shape), estimate.largest_batch(shape)
    assert examples == rows // 4
    parts = estimate.fitting_parts(shape)
    assert 8 % parts == 0 and 32 // parts <= rows < 32 // (parts // 2)


def test_a_batch_without_end_is_estimated_at_once():
    shape = task_shape(train_batch_size=4 * (10**12 + 39))  # a prime
    assert estimate.fitting_parts(shape) == 10**12 + 39
    small = dataclasses.replace(shape, device_memory_gb=0.01)
    assert estimate.fitting_parts(small) is None


def test_own_data_decides_steps_and_lengths(estimated, own_data):
    code, text = estimated("finetune", **own_data)
    assert not code
    # 3 epochs of 80 examples in batches of 32, of 4 tokens at most.
    assert "32 rows of 8 tokens per step" in text and "8 steps" in text
    assert "time" in text and "at 1e+09 FLOP/s per replica" in text
    assert "It reaches 1e+09 operations per second" in text
    assert (
        "largest --train_batch_size" in text
        and "GB of available memory" in (text)
    )


def test_lengths_are_not_known_without_a_vocabulary(estimated, own_data):
    del own_data["spm_model_file"]
    code, text = estimated("finetune", **own_data)
    assert not code and "32 rows of 64 tokens per step" in text
    assert "every row is assumed to have 64 tokens" in text


def test_rows_are_packed(estimated, own_data):
    code, text = estimated("finetune", "pack", max_seq_length=32, **own_data)
    assert not code
    assert "4 rows of 32 tokens per step" in text or "rows of 32" in text


def test_a_published_task_needs_no_data(estimated):
    code, text = estimated("finetune", model="base", task_name="race")
    assert not code
    assert "race is assumed to have the 87,866 examples" in text
    assert "128 rows of 512 tokens" in text and "12,000 steps" in text


@pytest.mark.parametrize(
    "changed, rule",
    [
        ({"task_name": None}, "--task_name must be given"),
        ({"task_type": None}, "--task_type must be given"),
        ({"teacher": "big"}, "without --teacher"),
        ({"albert_config_file": None}, "A model must come from"),
        ({"train_file": None}, "The number of training steps must be known"),
        ({"max_seq_length": 65}, "the model's positions"),
        ({"init_checkpoint": "nothing"}, "nothing"),
    ],
)
def test_what_cannot_be_estimated(estimated, own_data, changed, rule):
    given = {**own_data, **changed}
    given = {name: value for name, value in given.items() if value is not None}
    code, _ = estimated("finetune", **given)
    assert isinstance(code, str) and rule in code


def test_steps_may_be_given_in_place_of_data(estimated, own_data):
    del own_data["train_file"]
    code, text = estimated("finetune", train_step=70, **own_data)
    assert not code and "70 steps" in text


def test_what_is_counted_roughly_is_said(estimated, own_data):
    code, text = estimated(
        "finetune", "early_exit", lora_rank=4, freeze="embeddings", **own_data
    )
    assert not code
    assert "With --freeze and --lora_rank" in text
    assert "The extra work of --early_exit is not counted" in text


@pytest.mark.parametrize(
    "given, has_time, said",
    [
        ({}, True, "this machine's CPU"),
        ({"flops_per_second": 1e14}, True, "this machine's CPU"),
        (
            {"strategy": "tpu"},
            False,
            "TPUs; give --device_memory_gb and --flops",
        ),
        ({"estimate_replicas": 8}, False, "8 replicas: devices"),
        ({"device_memory_gb": 16}, False, "give --flops_per_second for more"),
        ({"tpu_name": "a", "flops_per_second": 1e14}, True, "TPUs"),
    ],
)
def test_time_is_of_this_machine_or_says_what_is_missing(
    estimated, given, has_time, said
):
    code, text = estimated("pretrain", model="tiny", **given)
    assert not code and said in text
    assert ("give --flops_per_second of a replica" in text) != has_time


def test_the_word_may_be_left_out(estimated):
    assert not estimated("--model=tiny")[0]
    assert not estimated("--model=tiny", task_name="rte")[0]
    code, _ = estimated("evaluate", model="tiny")
    assert "must be one of pretrain, finetune. Received: 'evaluate'" in code

"""Estimates beside what compilers and processes really took."""

import dataclasses

import pytest

import albert_tf
from albert_tf import config as config_lib
from albert_tf.planning import depth_schedule
from albert_tf.planning import estimate
from albert_tf.planning import estimate_report
from albert_tf.planning import flops
from albert_tf.planning import length_schedule
from albert_tf.planning import memory

GB = 2**30


def config(model="base", layers=12, dropout=0.0):
    return config_lib.AlbertConfig.named(
        model,
        num_hidden_layers=layers,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
    )


def shape(**changes):
    return estimate.Shape(
        **{
            "config": config(),
            "train_batch_size": 4096,
            "phases": (length_schedule.Phase(512, 0, 125_000),),
            "max_predictions_per_seq": 77,
            "replicas": 8,
            "precision": "bfloat16",
            "compiled": True,
            **changes,
        }
    )


@pytest.mark.parametrize(
    "overrides",
    [
        {},
        {"embedding_size": 312},
        {"share_parameters": "none"},
        {
            "share_parameters": "ffn",
            "num_hidden_groups": 2,
            "inner_group_num": 2,
        },
    ],
)
def test_parameters_are_those_of_the_model(overrides):
    tiny = config_lib.AlbertConfig.named("tiny", **overrides)
    assert (
        flops.parameters(tiny)
        == albert_tf.AlbertPretrainer(tiny).count_params()
    )


@pytest.mark.parametrize(
    "layers, rows, recompute, counted",
    [
        # XLA's counts of compiled steps, products and all else, whose last
        # layers were worked out for all tokens.
        (12, 64, False, 1.8956e13),
        (12, 16, False, 4.726e12),
        (12, 32, False, 9.424e12),  # float32, dropout
        (6, 8, False, 1.1869e12),
        (6, 8, True, 1.5764e12),
    ],
)
def test_flops_are_those_that_xla_counts(layers, rows, recompute, counted):
    ours = flops.per_step(
        config(layers=layers),
        batch_size=rows,
        max_seq_length=512,
        max_predictions_per_seq=77,
        recompute=recompute,
    )
    ours += (
        (3 + recompute) * rows * flops.unread(config(layers=layers), 512, 77)
    )
    assert 0.95 * counted < ours < counted


@pytest.mark.parametrize(
    "layers, rows, bfloat16, dropout, depth, recompute, measured",
    [
        # GB of 2**30 bytes: arguments and temporary memory of
        # tools.tpu_compile_check for TPU v5e; v6e for 64 rows.
        (12, 64, True, 0.0, "unrolled", False, 15.91),
        (12, 32, True, 0.1, "unrolled", False, 10.44),
        (12, 32, False, 0.1, "unrolled", False, 11.59),
        (12, 16, True, 0.0, "unrolled", False, 4.08),
        (6, 8, True, 0.0, "unrolled", False, 1.12),
        (6, 8, True, 0.1, "unrolled", False, 1.42),
        (6, 8, False, 0.0, "unrolled", False, 1.44),
        (6, 8, False, 0.1, "unrolled", False, 1.61),
        (6, 8, True, 0.0, "unrolled", True, 0.362),
        (6, 8, False, 0.0, "unrolled", True, 0.487),
        (6, 8, False, 0.1, "unrolled", True, 0.602),
        (6, 8, True, 0.0, "loop", False, 2.47),
        (6, 8, False, 0.0, "loop", False, 2.83),
        (6, 8, True, 0.1, "loop", False, 2.73),
        (6, 8, False, 0.1, "loop", False, 3.30),
        (6, 8, True, 0.0, "loop", True, 0.385),
        (6, 8, False, 0.0, "loop", True, 0.533),
        (6, 8, True, 0.1, "loop", True, 0.533),
    ],
)
def test_memory_is_what_the_tpu_compiler_takes(
    layers, rows, bfloat16, dropout, depth, recompute, measured
):
    needs = memory.of_step(
        config(layers=layers, dropout=dropout),
        rows=rows,
        max_seq_length=512,
        max_predictions_per_seq=77,
        mode=memory.ExecutionMode(
            bfloat16=bfloat16, depth=depth, recompute=recompute, compiled=True
        ),
    )
    assert needs.total / GB == pytest.approx(measured, rel=0.13)


@pytest.mark.parametrize(
    "model, layers, rows, length, dropout, depth, recompute, measured",
    [
        # benchmarks.execution, GB of 1e9 bytes above the model and its slots.
        ("base", 12, 8, 128, 0.0, "unrolled", False, 1.77),
        ("base", 12, 8, 128, 0.0, "loop", False, 2.08),
        ("base", 12, 8, 128, 0.0, "unrolled", True, 0.97),
        ("base", 12, 8, 128, 0.0, "loop", True, 0.59),
        ("base", 6, 4, 512, 0.1, "unrolled", False, 2.41),
        ("base", 6, 4, 512, 0.1, "loop", False, 3.03),
        ("base", 6, 4, 512, 0.1, "unrolled", True, 1.08),
        ("large", 3, 4, 256, 0.0, "unrolled", False, 0.95),
        ("large", 3, 4, 256, 0.0, "loop", True, 0.68),
        ("tiny", 4, 64, 128, 0.1, "unrolled", False, 2.38),
        ("tiny", 4, 64, 128, 0.1, "loop", True, 0.82),
    ],
)
def test_memory_is_what_a_process_takes(
    model, layers, rows, length, dropout, depth, recompute, measured
):
    needs = memory.of_step(
        config(model, layers, dropout),
        rows=rows,
        max_seq_length=length,
        max_predictions_per_seq=round(0.15 * length),
        mode=memory.ExecutionMode(depth=depth, recompute=recompute),
    )
    ours = needs.total - needs.weights - needs.slots
    assert ours / 1e9 == pytest.approx(measured, rel=0.17)


def test_the_largest_batch_fits_and_one_row_more_does_not():
    run = shape(device_memory_gb=16)
    rows = estimate.largest_rows(run)
    limit = estimate.USABLE * 16 * GB
    assert estimate.memory_of_step(run, rows).total <= limit
    assert estimate.memory_of_step(run, rows + 1).total > limit
    # The compiler fits 64 into 15.75 and refuses 96.
    assert 50 < rows < 70
    assert estimate.largest_rows(shape(device_memory_gb=0.1)) == 0


def test_parts_that_fit_divide_the_rows_of_a_replica():
    assert estimate.fitting_parts(shape(device_memory_gb=16)) == 16
    small = shape(train_batch_size=96, replicas=2, device_memory_gb=16)
    assert estimate.fitting_parts(small) == 1
    # 66 rows of a replica in 2, 3, ... parts; 57 fit at once.
    other = shape(train_batch_size=66, replicas=1, device_memory_gb=16)
    assert estimate.fitting_parts(other) == 2
    assert estimate.fitting_parts(shape(device_memory_gb=0.1)) is None
    assert estimate.fitting_parts(shape()) is None


def test_phases_are_counted_by_their_length():
    short, long = (
        shape(phases=(length_schedule.Phase(length, 0, 100),))
        for length in (128, 512)
    )
    both = shape(
        phases=(
            length_schedule.Phase(128, 0, 90),
            length_schedule.Phase(512, 90, 100),
        )
    )
    expected = 0.9 * estimate.flops_of_run(short)
    expected += 0.1 * estimate.flops_of_run(long)
    assert estimate.flops_of_run(both) == pytest.approx(expected)
    assert estimate.memory_of_step(both) == estimate.memory_of_step(long)
    assert both.num_train_steps == 100


def test_parts_are_counted_by_their_depth():
    """A loop of fewer layers takes less work; the memory is the deepest's."""
    whole = shape(phases=(length_schedule.Phase(512, 0, 100),))
    half = shape(
        config=config(layers=6),
        phases=(length_schedule.Phase(512, 0, 100),),
    )
    both = dataclasses.replace(
        whole,
        parts=depth_schedule.parse("6:0.75,12:0.25", 100, whole.config),
    )
    expected = 0.75 * estimate.flops_of_run(half)
    expected += 0.25 * estimate.flops_of_run(whole)
    assert estimate.flops_of_run(both) == pytest.approx(expected)
    assert estimate.memory_of_step(both) == estimate.memory_of_step(whole)
    text = estimate_report.report(both)
    assert "6, then 12 layers of 768" in text
    assert "model FLOPs, with all layers" in text


def test_time_is_work_over_the_rate_of_all_replicas():
    run = shape(flops_per_second=1e14, recompute=True)
    ratio = estimate.flops_per_step(run, recomputation=True)
    ratio /= estimate.flops_per_step(run)
    assert 1.3 < ratio < 1.34
    assert estimate.seconds_of_run(run) == pytest.approx(
        estimate.flops_of_run(run) / 8e14
    )


def test_the_report_says_what_is_too_much_and_what_would_do():
    text = estimate_report.report(
        shape(device_memory_gb=16, flops_per_second=1e14)
    )
    assert max(map(len, text.splitlines())) <= 80
    assert "11,813,810 parameters" in text
    assert "does not fit into 16" in text
    for word in ("--recompute", "--accumulate_steps=16", "2.0 days", "512 at"):
        assert word in text
    assert "--precision" not in text  # it is bfloat16 already


def test_the_report_of_what_fits():
    fits = shape(
        train_batch_size=32, replicas=1, precision="float32", compiled=False
    )
    text = estimate_report.report(fits)
    assert "--device_memory_gb to see whether it fits" in text
    assert "--precision=bfloat16" in text and "largest --train" not in text
    text = estimate_report.report(
        dataclasses.replace(fits, device_memory_gb=80)
    )
    assert "of 80: fits" in text and "--accumulate_steps" not in text

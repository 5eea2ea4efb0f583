"""benchmarks.run end to end, and the pieces whose numbers can be checked."""

import json
import pathlib
import subprocess
import sys

import pytest

from albert_tf import config as config_lib
from albert_tf.planning import flops
from benchmarks import alternate
from benchmarks import floor
from benchmarks import report
from benchmarks import serving
from benchmarks.albert_vs_bert import variants

ROOT = pathlib.Path(__file__).parent.parent.parent
# All sizes different, so that one that is swapped shows.
CONFIG = config_lib.AlbertConfig(
    vocab_size=50,
    embedding_size=6,
    hidden_size=8,
    num_attention_heads=2,
    intermediate_size=20,
    num_hidden_layers=3,
)


@pytest.mark.parametrize("embedding_size", [6, 8])
def test_the_floor_counts_what_whole_layers_multiply(embedding_size):
    config = config_lib.AlbertConfig(
        **{**CONFIG.to_dict(), "embedding_size": embedding_size}
    )
    found = floor.products(config, rows=5, length=7, masks=3)
    step = flops.per_step(
        config, batch_size=5, max_seq_length=7, max_predictions_per_seq=3
    )
    # A step of ours leaves out what no head reads of the last layer.
    unread = 3 * 5 * flops.unread(config, 7, 3)
    assert 0.05 * step < unread
    assert sum(one.flops for one in found) == step + unread


def test_gradients_have_the_shapes_of_their_operands():
    # Y [2, 5] = A [2, 3] B', where B lies as [5, 3].
    left, right = floor.Product(2, 3, 5, right_transposed=True).gradients()
    # dA = dY B, [2, 5] by [5, 3]; dB = dY' A, [5, 2] by [2, 3].
    assert left == floor.Product(2, 5, 3)
    assert right == floor.Product(5, 2, 3, left_transposed=True)
    # Y = A B, where B lies as [3, 5].
    left, right = floor.Product(2, 3, 5).gradients()
    assert left == floor.Product(2, 5, 3, right_transposed=True)
    assert right == floor.Product(3, 2, 5, left_transposed=True)


def test_workers_take_turns_and_one_that_failed_is_left_out():
    order = []

    def worker(name):
        order.append(name)
        if name == "broken":
            raise alternate.WorkerError("it broke")
        return {"seconds": {"floor": 1.0, "ours": 2.0, "peer": 5.0}[name]}

    names = ("floor", "ours", "broken", "peer")
    workers = {name: lambda name=name: worker(name) for name in names}
    found = alternate.alternate(workers, rounds=2)
    assert order == [*names, "floor", "ours", "peer"]
    rows = alternate.lines("case", "seconds", found)
    by_name = {row["contestant"]: row for row in rows}
    assert by_name["peer"]["ratio_to_ours"] == 2.5
    assert by_name["ours"]["floor_share"] == 0.5
    assert "ratio_to_ours" not in by_name["floor"]
    assert by_name["peer"]["rounds"] == [5.0, 5.0]
    assert by_name["broken"]["error"] == "it broke"
    assert "| broken | failed |" in report.markdown(
        rows, {"load_before": 0.0}, False, [], "a.png"
    )


def test_a_busy_machine_is_told():
    text = report.markdown([], {"load_before": 3.2}, False, [], "a.png")
    assert "The machine was busy (load 3.2)" in text


def test_spread_is_of_the_median():
    assert alternate.summary([4.0, 6.0, 5.0]) == {
        "median": 5.0,
        "spread": 0.4,
        "rounds": [4.0, 6.0, 5.0],
    }


def test_a_variant_changes_one_thing():
    found = variants.table(CONFIG, embedding_sizes=[4, 6])
    names = [(variant.group, variant.name) for variant in found]
    assert names == [
        ("model", "ALBERT"),
        ("model", "BERT"),
        ("sharing", "attention"),
        ("sharing", "ffn"),
        ("sharing", "none"),
        ("embedding size", "4"),  # 6 is ALBERT's own
        ("sentence task", "nsp"),
        ("sentence task", "none"),
        ("dropout", "0.1"),
    ]
    albert, bert = found[0].config, found[1].config
    assert bert.embedding_size == bert.hidden_size == albert.hidden_size
    assert bert.share_parameters == "none"


@pytest.mark.slow
def test_costs_of_a_model():
    settings = {"config": CONFIG.to_dict(), "precision": "float32"}
    sizes = {"rows": 2, "length": 8, "masks": 2}
    counts = {"steps": 1, "warm_up": 1, "calls": 2}
    found = alternate.run_worker(
        sys.executable,
        "benchmarks.albert_vs_bert.costs",
        {**settings, **sizes, **counts},
        threads=1,
    )
    weights = 4 * found["parameters"]
    assert found["weight_bytes"] == found["gradient_bytes"] == weights
    assert found["optimizer_bytes"] == 2 * weights  # two moments of each
    assert found["checkpoint_bytes"] > 3 * weights
    assert found["step_seconds"] > 0 and found["latency_seconds"] > 0


@pytest.mark.slow
def test_a_case_runs_end_to_end():
    outcome = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks.run",
            "--cases=step_base_bfloat16_128",
            "--quick",
            "--rounds=1",
            "--threads=1",
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert outcome.returncode == 0, outcome.stderr
    machine, *rows = map(json.loads, outcome.stdout.splitlines())
    assert machine["machine"]["threads"] == 1
    assert [row["contestant"] for row in rows] == ["floor", "ours"]
    ours = rows[1]
    assert ours["case"] == "step_base_bfloat16_128"
    assert ours["figure"] == "step_seconds"
    assert ours["rounds"] == [ours["median"]] and ours["spread"] == 0
    assert ours["ratio_to_ours"] == 1
    assert ours["floor_share"] == rows[0]["median"] / ours["median"]
    details = ours["details"]
    # The first step waits for imports and tracing.
    assert details["first_step_seconds"] > ours["median"] > 0
    assert details["process_memory_gb"] > details["step_memory_gb"] > 0
    assert details["versions"].keys() == {"tensorflow", "keras"}


@pytest.mark.parametrize(
    "flags, message",
    [
        (
            ["--cases=nothing"],
            "patterns that match some of step_base_float32_128, ",
        ),
        (["--cases=sst2"], "--sst2_file must be given for the case sst2."),
        (
            ["--cases=first_step", "--peers=keras_hub"],
            "--keras_hub_python must name",
        ),
    ],
)
def test_wrong_flags_are_told(flags, message):
    outcome = subprocess.run(
        [sys.executable, "-m", "benchmarks.run", *flags],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert outcome.returncode == 1
    assert message in outcome.stderr and "Traceback" not in outcome.stderr


def test_the_signature_to_measure_must_take_texts():
    inputs = {"texts": {"dtype": "DT_STRING", "tensor_shape": {"dim": []}}}
    ids = {"ids": {"dtype": "DT_INT32", "tensor_shape": {"dim": []}}}
    known = {
        "__init": {"inputs": {}},
        "text": {"inputs": inputs},
        "ids": {"inputs": ids},
    }
    metadata = {"metadata": {"signature_def": {"signature_def": known}}}
    assert serving.inputs_of(metadata, "text") == inputs
    for name in ("txt", "ids"):
        with pytest.raises(ValueError, match=f"texts: text. .*: '{name}'"):
            serving.inputs_of(metadata, name)


def test_baselines_of_a_task(tmp_path):
    rows = [f"the {w} film\t{int(w == 'fine')}" for w in ["fine", "bad", "bad"]]
    for part in ("train", "dev"):
        text = "\n".join(["sentence\tlabel", *rows]) + "\n"
        (tmp_path / f"{part}.tsv").write_text(text)
    outcome = subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks.task_baselines"),
            *("--task_name=sst-2", f"--data_dir={tmp_path}"),
        ],
        capture_output=True,
        text=True,
    )
    assert outcome.returncode == 0, outcome.stderr
    majority, words = map(json.loads, outcome.stdout.splitlines())
    assert majority["accuracy"] == pytest.approx(2 / 3)
    assert words["baseline"] == "bag_of_words"
    assert words["accuracy"] == 1.0

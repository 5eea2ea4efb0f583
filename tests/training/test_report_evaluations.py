"""The report of fine-tuning runs, and of runs that are not at their end."""

import builtins
import json
import re

import pytest
import tensorflow as tf
from tensorboard.backend.event_processing import event_accumulator

from albert_tf.reporting import baselines
from albert_tf.reporting import evaluation_details
from albert_tf.reporting import markup
from albert_tf.reporting import page as page_lib
from albert_tf.reporting import panels
from albert_tf.reporting import run_data
from albert_tf.reporting import style
from albert_tf.reporting import text_table
from albert_tf.training import monitor

VALUES = {"accuracy": 0.75, "rows": 40, "loss": 0.5, "baseline_loss": 0.69}


def details(**changes):
    names = ["no", "yes"]
    return {
        "task": "sst-2",
        "kind": "classification",
        "part": "dev",
        "data": "dev.tsv",
        "checkpoint": "best/ckpt-20",
        "metric": "accuracy",
        "metrics": VALUES,
        "baseline": {
            "name": "most frequent class (yes)",
            "metrics": {"accuracy": 0.55},
            "loss": 0.69,
        },
        "groups": [
            {"name": name, "precision": 0.5, "f1": 0.25, "rows": 20}
            for name in names
        ],
        "confusion": {"names": names, "counts": [[15, 5], [5, 15]]},
        "confused": [{"label": "no", "prediction": "yes", "rows": 5}],
        "num_errors": 10,
        **changes,
    }


def error(**changes):
    return {
        "id": "0",
        "text": "Not bad.",
        "label": "yes",
        "prediction": "no",
        "probability": 0.9,
        **changes,
    }


def make_run(folder, *, found=None, errors=(), results=VALUES, **settings):
    folder.mkdir(parents=True)
    settings = {"labels": {"sst-2": ["no", "yes"]}, "num_steps": 30, **settings}
    (folder / "run.json").write_text(json.dumps(settings))
    rows = [
        {"step": step, "kind": "train", "loss": 0.7, "accuracy": 0.5}
        for step in (10, 20, 30)
    ]
    for step, accuracy in ((10, 0.5), (20, 0.75), (30, 0.7)):
        held_out = {"score": accuracy, "baseline": 0.55, "accuracy": accuracy}
        held_out |= {"loss": 0.6, "baseline_loss": 0.69, "rows": 40}
        held_out |= {"predicted_classes": 2}
        rows.append({"step": step, "kind": "eval", **held_out})
    write_lines(folder / "metrics.jsonl", rows)
    if results:
        values = {"score": results["accuracy"], "baseline": 0.55, **results}
        (folder / "eval_results.json").write_text(json.dumps(values))
    if found:
        (folder / "dev_details.json").write_text(json.dumps(found))
        write_lines(folder / "dev_errors.jsonl", errors)
    return str(folder)


def write_lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def page_of(*folders):
    return page_lib.page(run_data.read_runs(list(folders)))


def plain(page):
    return " ".join(re.sub("<[^>]+>", " ", page).split())


def test_the_page_of_a_fine_tuning_run(tmp_path):
    folder = make_run(tmp_path / "run", found=details(), errors=[error()])
    (run,) = run_data.read_runs([folder])
    page = page_lib.page([run])
    text = plain(page)
    assert "<title>Fine-tuning on sst-2: run</title>" in page
    assert "accuracy 0.7500 most frequent class (yes): 0.5500" in text
    assert "held-out loss 0.5000 without reading: 0.6900" in text
    assert "best at step 20" in text and "30 of 30 steps" in text
    # What the numbers are of, beside them.
    assert text.count("best/ckpt-20, dev.tsv, 40 rows") == 3
    assert "Not bad. yes no 0.900" in text
    assert "Wrong: 10 of 40." in text
    assert "label \\ predicted no yes no 15 5 yes 5 15" in text


def test_curves_of_a_fine_tuning_run(tmp_path):
    (run,) = run_data.read_runs([make_run(tmp_path / "run")])
    assert run.main_metric == "accuracy" and run.best == (20, 0.75)
    (accuracy, loss) = panels.panels([run])["Learning"]
    assert (accuracy.key, loss.key) == ("accuracy", "loss")
    assert accuracy.baselines == [0.55] and loss.baselines == [0.69]
    assert [(best.step, best.value) for best in accuracy.bests] == [(20, 0.75)]
    assert [line.kind for line in loss.lines] == ["train", "eval"]


def test_a_perplexity_has_a_log_axis(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "run.json").write_text("{}")
    rows = [{"step": n, "kind": "eval", "perplexity": 20 - n} for n in range(4)]
    write_lines(folder / "metrics.jsonl", rows)
    (panel,) = panels.panels(run_data.read_runs([str(folder)]))["Learning"]
    assert panel.log


def test_numbers_are_of_the_evaluation_that_has_them(tmp_path):
    def origin(name, **options):
        (run,) = run_data.read_runs([make_run(tmp_path / name, **options)])
        return run.origin

    same = origin("same", found=details())
    assert same == "best/ckpt-20, dev.tsv, 40 rows"
    other = details(metrics={**VALUES, "accuracy": 0.5})
    unknown = "eval_results.json, data not recorded"
    assert origin("other", found=other) == unknown
    assert origin("without") == unknown
    said = origin("said", results={**VALUES, "data": "a.csv"})
    assert said == "a.csv"
    nameless = origin("nameless", found=details(checkpoint=None))
    assert nameless.startswith("checkpoint not recorded, dev.tsv")


def test_a_record_says_what_the_numbers_are_of(tmp_path):
    results = {"mlm_loss": 5.5, "unigram_loss": 6.0}
    make_run(tmp_path / "run", results=None)
    (tmp_path / "run/eval_results.json").write_text(json.dumps(results))
    record = {
        "checkpoint": "ckpt-20",
        "step": 20,
        "weights": "0123456789abcdef",
        "data": {
            "pretraining": [
                {"file": "heldout", "part": "eval", "sha256": "0", "rows": 99}
            ]
        },
        "results": results,
    }
    (tmp_path / "run/evaluation.json").write_text(json.dumps(record))
    (run,) = run_data.read_runs([str(tmp_path / "run")])
    assert run.origin == "ckpt-20, heldout, 99 rows"
    record["results"] = {"mlm_loss": 1.0}
    (tmp_path / "run/evaluation.json").write_text(json.dumps(record))
    (run,) = run_data.read_runs([str(tmp_path / "run")])
    assert "not recorded" in run.origin


def test_baselines_are_of_the_same_data(tmp_path):
    """The evaluation of another file took the place of the run's own."""
    other = {"accuracy": 0.9, "rows": 7, "loss": 0.2, "baseline_loss": 0.3}
    found = details(
        metrics=other,
        baseline={"name": "x", "metrics": {"accuracy": 0.8}, "loss": 0.3},
    )
    folder = make_run(tmp_path / "run", found=found, results=other)
    (run,) = run_data.read_runs([folder])
    assert baselines.of_end(run, "accuracy") == (0.8, "x")
    assert baselines.of_end(run, "loss") == (0.3, "without reading")
    assert baselines.of_curve(run, "accuracy") == (0.55, "without reading")
    assert baselines.of_curve(run, "loss") == (0.69, "without reading")
    # Details of other data than the results say nothing about them.
    (run,) = run_data.read_runs([make_run(tmp_path / "b", found=found)])
    assert baselines.of_end(run, "accuracy") == (0.55, "without reading")


def test_evaluations_in_folders_of_a_run(tmp_path):
    folder = make_run(tmp_path / "run", found=details())
    other = tmp_path / "run/evaluations/train"
    other.mkdir(parents=True)
    (other / "dev_details.json").write_text(json.dumps(details(data="b.tsv")))
    text = plain(page_of(folder))
    assert "sst-2: dev.tsv" in text and "sst-2: b.tsv" in text


def test_runs_on_other_data_are_not_ranked(tmp_path):
    folders = [
        make_run(tmp_path / name, found=details(data=name)) for name in "ab"
    ]
    assert "not comparable" in page_of(*folders)
    folders = [
        make_run(tmp_path / name, found=details(), optimizer=name)
        for name in "cd"
    ]
    page = page_of(*folders)
    assert "not comparable" not in page and 'class="best"' in page


def test_a_run_in_progress_has_its_baseline(tmp_path):
    folder = make_run(tmp_path / "run", results=None, num_steps=90)
    text = plain(page_of(folder))
    assert "30 of 90 steps (still running, or stopped)" in text
    assert "held out, step 30" in text
    (run,) = run_data.read_runs([folder])
    lines = [line.split() for line in text_table.table(run).splitlines()]
    assert ["accuracy", "0.7000", "0.5500", "without", "reading"] in lines


def test_a_folder_of_seeds_stands_for_them(tmp_path):
    for seed in (1, 2):
        make_run(tmp_path / f"out/seed_{seed}")
    runs = run_data.read_runs([str(tmp_path / "out")])
    assert [run.name for run in runs] == ["seed_1", "seed_2"]
    assert "Runs seed_1, seed_2" in page_lib.page(runs)


def test_several_tasks_have_panels_of_their_own(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    labels = {"cola": ["0", "1"], "ner": ["O"]}
    (folder / "run.json").write_text(json.dumps({"labels": labels}))
    held_out = {"score": 0.5, "cola/matthews": 0.3, "cola/loss": 0.4}
    held_out |= {"ner/f1": 0.7, "ner/f1/PER": 0.6, "ner/f1/LOC": 0.5}
    rows = [
        {"step": 1, "kind": "train", "loss": 1.0, "cola_loss": 0.9},
        {"step": 1, "kind": "eval", **held_out},
    ]
    write_lines(folder / "metrics.jsonl", rows)
    found = panels.panels(run_data.read_runs([str(folder)]))["Learning"]
    by_key = {panel.key: panel for panel in found}
    assert by_key["cola/matthews"].title == "cola: Matthews correlation"
    kinds = [line.kind for line in by_key["cola/loss"].lines]
    assert kinds == ["train", "eval"]
    assert by_key["ner/f1/"].legend == [(0, "LOC"), (1, "PER")]
    assert found[0].key == "score"


def test_without_matplotlib_there_are_tables(tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name.partition(".")[0] == "matplotlib":
            raise ImportError(name)
        return real(name, *rest)

    folder = make_run(tmp_path / "run", found=details(), errors=[error()])
    monkeypatch.setattr(builtins, "__import__", without)
    page = page_of(folder)
    assert "pip install &#x27;albert_tf[demo]&#x27;" in page
    assert "<svg" not in page and "Not bad." in plain(page)


def test_pictures_take_the_colours_of_the_page(tmp_path):
    page = page_of(make_run(tmp_path / "run", found=details()))
    assert "prefers-color-scheme: dark" in style.CSS
    drawings = "".join(re.findall("<svg.*?</svg>", page, re.DOTALL))
    assert "var(--c0)" in drawings and "var(--ticks)" in drawings
    for shade in ("#0072b2", "#555555", "#8a8a8a"):
        assert shade not in drawings


def test_hostile_texts_of_errors_are_no_markup(tmp_path):
    evil = '"><script>$x$\ud800\n'
    found = details(
        task=evil,
        data=evil,
        confusion={"names": [evil, "b"], "counts": [[1, 2], [3, 4]]},
        groups=[{"name": evil, "f1": 1.0}],
        residuals={evil: 1.0},
        confused=[{"label": evil, "prediction": evil, "rows": 1}],
    )
    row = error(text=evil, label=evil, prediction=evil)
    folder = make_run(tmp_path / "run", found=found, errors=[row])
    write_lines(tmp_path / "run/events.jsonl", [{"step": 2, "event": evil}])
    assert "<script" not in page_of(folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"task": 1},
        {"metrics": {"accuracy": "high"}},
        {"metrics": [1]},
        {"baseline": {"name": "x", "metrics": {}}},
        {"groups": [{"name": "a", "f1": 1}, {"name": "b"}]},
        {"groups": {"name": "a"}},
        {"confusion": {"names": ["a"], "counts": [[1, 2]]}},
        {"confusion": {"names": [], "counts": []}},
        {"confused": [{"label": "a"}]},
        {"points": [[1, float("inf")]]},
        {"num_errors": True},
        {"checkpoint": 7},
    ],
)
def test_damaged_details_are_a_plain_error(tmp_path, changes):
    (tmp_path / "dev_details.json").write_text(json.dumps(details(**changes)))
    with pytest.raises(ValueError, match="dev_details.json must hold"):
        evaluation_details.read(str(tmp_path))


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[1]",
        '{"text": "a"}',
        "[" * 10**5,
        '{"text": "a", "label": "b", "prediction": 1}',
        '{"text": "a", "label": "b", "prediction": "c", "x": '
        + "[" * 900
        + "]" * 900
        + "}",
    ],
)
def test_damaged_errors_are_a_plain_error(tmp_path, line):
    (tmp_path / "dev_details.json").write_text(json.dumps(details()))
    (tmp_path / "dev_errors.jsonl").write_text(line + "\n")
    with pytest.raises(
        ValueError, match="dev_errors.jsonl must hold .* line 1"
    ):
        evaluation_details.read(str(tmp_path))


def test_cells_of_texts_say_what_they_are_on_a_phone():
    made = markup.table(["text", "label"], [["a", "b"]], "texts")
    assert '<td data-head="label">b</td>' in made


def test_tensorboard_has_groups(tmp_path):
    report = monitor.Monitor(str(tmp_path), 0, 2, 8, {"loss": "loss"})
    report.start_clock(0)
    values = {"loss": 1.0, "learning_rate": 0.1, "gradient_norm": 2.0}
    values |= {"tokens": 64, "trust_ratio/encoder/kernel": 1.0}
    report.train(1, values, 0.0)
    report.evaluation(1, {"score": 0.5, "rows": 40, "f1/PER": 0.25})
    report.close()
    events = event_accumulator.EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    names = {
        "train/loss",
        "optimizer/learning_rate",
        "optimizer/gradient_norm",
        "system/sequences_per_second",
        "system/tokens_per_second",
        "system/input_wait_share",
        "trust_ratio/encoder/kernel",
        "eval/score",
        "eval/rows",
        "eval/f1/PER",
    }
    assert set(events.Tags()["tensors"]) == names
    tf.io.gfile.rmtree(str(tmp_path / "tensorboard"))

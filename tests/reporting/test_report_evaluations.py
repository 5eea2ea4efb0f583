"""The report of fine-tuning runs, and of runs that are not at their end."""

import json

from evaluated_runs import VALUES
from evaluated_runs import error
from evaluated_runs import make_run
from evaluated_runs import page_of
from evaluated_runs import plain
from evaluated_runs import report
from evaluated_runs import write_lines

from albert_tf.reporting import baselines
from albert_tf.reporting import page as page_lib
from albert_tf.reporting import panels
from albert_tf.reporting import run_data
from albert_tf.reporting import text_table
from albert_tf.reporting.parts import markup


def test_the_page_of_a_fine_tuning_run(tmp_path):
    folder = make_run(tmp_path / "run", found=report(), errors=[error()])
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
    assert "rows evaluated 40 10 wrong" in text
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

    same = origin("same", found=report())
    assert same == "best/ckpt-20, dev.tsv, 40 rows"
    other = report(metrics={**VALUES, "accuracy": 0.5})
    unknown = "eval_results.json, data not recorded"
    assert origin("other", found=other) == unknown
    assert origin("without") == unknown
    said = origin("said", results={**VALUES, "data": "a.csv"})
    assert said == "a.csv"
    nameless = origin("nameless", found=report(checkpoint=None))
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
    found = report(
        metrics=other,
        baselines=[
            {
                **report()["baselines"][0],
                "name": "x",
                "metrics": {"accuracy": 0.8},
                "loss": 0.3,
            }
        ],
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
    folder = make_run(tmp_path / "run", found=report())
    other = tmp_path / "run/evaluations/train"
    other.mkdir(parents=True)
    (other / "report.json").write_text(json.dumps(report(data="b.tsv")))
    text = plain(page_of(folder))
    assert "sst-2: dev.tsv" in text and "sst-2: b.tsv" in text


def test_runs_on_other_data_are_not_ranked(tmp_path):
    folders = [
        make_run(tmp_path / name, found=report(data=name)) for name in "ab"
    ]
    assert "not comparable" in page_of(*folders)
    folders = [
        make_run(tmp_path / name, found=report(), optimizer=name)
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


def test_cells_of_texts_say_what_they_are_on_a_phone():
    made = markup.table(["text", "label"], [["a", "b"]], "texts")
    assert '<td data-head="label">b</td>' in made

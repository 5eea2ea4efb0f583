"""What an evaluation says beside its score."""

import json

import numpy as np
import pytest
import tensorflow as tf
import two_tasks

from data_pipeline.tasks.results import evaluation
from data_pipeline.tasks.results import printed_results


@pytest.fixture
def evaluated(vocabulary, tmp_path):
    """A model that answers the second class, of two tasks."""
    datas = two_tasks.datas(
        tmp_path,
        vocabulary,
        "s\t0\t\tThe cat.\ns\t1\t\tA dog.\ns\t0\t\tIt is.\n",
    )

    def predict(task, batches):
        items = sum(int((b["item"] >= 0).numpy().sum()) for b in batches)
        logits = [[0.0, 2.0]] if task == "cola" else [[2.5]]
        return {"logits": np.repeat(logits, items, axis=0)}

    def run(datas, output_dir=None):
        return evaluation.score(
            tf.distribute.get_strategy(),
            predict,
            datas,
            batch_size=4,
            threshold=None,
            output_dir=output_dir,
            checkpoint="best/ckpt-7",
        )

    return datas, run


def test_an_evaluation_has_rows_loss_and_baseline(evaluated, tmp_path):
    (cola, _), run = evaluated
    values = run([cola])
    right, wrong = np.log1p(np.exp(-2)), np.log1p(np.exp(2))
    assert values["rows"] == 3
    assert values["loss"] == pytest.approx((right + 2 * wrong) / 3)
    assert values["baseline_loss"] == pytest.approx(
        -(np.log(1 / 3) + 2 * np.log(2 / 3)) / 3
    )
    assert values["baseline"] == 0 and "f1/0 (unacceptable)" not in values
    out = tmp_path / "out"
    values = run([cola], str(out))
    assert values["recall/1 (acceptable)"] == 1
    report = json.loads((out / "report.json").read_text())
    assert report["checkpoint"] == "best/ckpt-7"
    assert report["data"] == "cola.tsv"  # and no folder of this machine
    assert report["rows"] == report["metrics"]["rows"] == 3
    assert report["loss"] == values["loss"]
    assert (
        report["metric"] | {"name": "matthews", "value": 0}
        == (report["metric"])
    )
    assert report["errors"] == {"count": 2, "file": "dev_errors.jsonl"}
    assert report["training"] == {"file": None, "rows": None}
    assert "training data is not known" in report["findings"][-1]
    errors = (out / "dev_errors.jsonl").read_text().splitlines()
    assert [json.loads(row)["text"] for row in errors] == ["The cat.", "It is."]
    text = printed_results.text(str(out), [cola])
    assert "cola: cola.tsv, 3 rows, checkpoint best/ckpt-7" in text
    assert "most frequent class (0)" in text
    assert "All predictions are 1 (acceptable)" in text
    assert "Class 0 (unacceptable) is never predicted" not in text
    assert "0 (unacceptable) as 1 (acceptable) (2)" in text


def test_several_tasks_have_folders_and_names(evaluated, tmp_path):
    datas, run = evaluated
    values = run(datas, str(tmp_path / "out"))
    assert values["cola/rows"] == 3 and values["sts-b/rows"] == 2
    assert values["sts-b/baseline_loss"] == values["sts-b/loss"] - 0.25
    assert (tmp_path / "out/sts-b/report.json").exists()
    text = printed_results.text(str(tmp_path / "out"), datas)
    assert "cola: cola.tsv" in text and "sts-b: sts.tsv" in text
    assert "mean label (3)" in text

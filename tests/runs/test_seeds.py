"""What is reported of several runs."""

import json

from albert_tf.runs import seeds


def test_runs_that_failed_do_not_count(tmp_path):
    folders = seeds.folders(str(tmp_path), first_seed=5, count=3)
    scores = {5: {"score": 0.6}, 7: {"score": 0.8}}
    assert seeds.report(str(tmp_path), folders, scores, {6: "why"}) == 7
    found = json.loads((tmp_path / seeds.FILE_NAME).read_text())
    assert found["failed"] == {"6": "why"}
    assert found["mean"] == 0.7
    assert found["best"] == {"seed": 7, "score": 0.8, "folder": "seed_7"}

    assert seeds.report(str(tmp_path), folders, {7: {"score": 0.8}}, {}) == 7
    found = json.loads((tmp_path / seeds.FILE_NAME).read_text())
    assert found["standard_deviation"] is None  # of one run

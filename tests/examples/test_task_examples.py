"""The task files of examples/tasks: minutes of real training."""

import json
import pathlib
import shutil
import subprocess
import sys

import pytest

from data_pipeline.tasks import kinds

ROOT = pathlib.Path(__file__).parent.parent.parent
FILES = sorted((ROOT / "examples/tasks").glob("*.flags"))

# What is reached without reading, and what a run must be above.
FLOORS = {
    "classification": ("accuracy", 0.17, 0.55),
    "embedding": ("mrr@10", 0.005, 0.04),
    "generation": ("chrf", 69.0, 73.0),
    "multilabel": ("micro_f1", 0.44, 0.6),
    "multiple_choice": ("accuracy", 0.28, 0.5),
    "regression": ("pearson_and_spearman", 0.0, 0.3),
    "span": ("f1", 53.0, 60.0),
    "tagging": ("f1", 0.0, 0.7),
}

PARSE = """
import sys
from absl import flags
from albert_tf.workflows.configs import finetune
from data_pipeline.commands import config_flags
from data_pipeline.tasks.data import from_config

config_flags.define(finetune.FinetuneConfig)
for file in sys.argv[1:]:
    flags.FLAGS.unparse_flags()
    flags.FLAGS(["", f"--flagfile={file}"])
    config = config_flags.read(finetune.FinetuneConfig)
    task, = from_config.tasks(config)
    assert from_config.source(config, task).columns
    print(task.kind)
    for name in flags.FLAGS:
        flags.FLAGS[name].unparse()
"""


def test_one_for_each_kind():
    assert [file.stem for file in FILES] == sorted(kinds.KINDS) == [*FLOORS]


def test_flags_are_known():
    # In a process of its own: flags are defined once only.
    outcome = subprocess.run(
        [sys.executable, "-c", PARSE, *map(str, FILES)],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout.split() == [file.stem for file in FILES]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_above_the_baselines(tmp_path):
    for name in ("albert_tf", "data_pipeline", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "run_classifier.py", tmp_path)

    def run(*command):
        outcome = subprocess.run(
            [sys.executable, *command],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={"PYTHONPATH": str(tmp_path), "PATH": ""},
        )
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr

    run("examples/make_task_data.py")
    for kind, (metric, baseline, floor) in FLOORS.items():
        run("run_classifier.py", f"--flagfile=examples/tasks/{kind}.flags")
        folder = tmp_path / "runs/tasks" / kind / "run"
        values = json.loads((folder / "eval_results.json").read_text())
        assert values[metric] > floor > baseline, (kind, values)

"""Exports of all heads, and their answers."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from exported_heads import CASES
from exported_heads import QUERY
from exported_heads import SETTINGS
from exported_heads import make_model
from exported_heads import strings_of

from albert_tf import kinds
from albert_tf.exporting import savedmodel
from data_pipeline.answers import answer_modules
from data_pipeline.tasks import kinds as task_kinds
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizers


@pytest.fixture(scope="session")
def tokenizer(vocabulary):
    return tokenizers.load(vocabulary)


@pytest.fixture(scope="session")
def exports(request, tokenizer, sizes, tmp_path_factory):
    """By name: (kind, examples, row, model, {signature: outputs}), of the heads
    that the selected tests ask for."""
    folder = tmp_path_factory.mktemp("answers")
    asked = {"tagging"}
    for item in request.session.items:
        if item.path.name == "test_answers.py" and hasattr(item, "callspec"):
            asked.add(item.callspec.params.get("name"))
    cases, strings = {}, {}
    for name, (kind, examples, how) in CASES.items():
        if name not in asked:
            continue
        row = saved_tasks.row(task_kinds.custom_task(kind), **how)
        if name == "conditional_span":
            row["null_score_threshold"] = 0.5
        model = make_model(name, kind, row["labels"], sizes)
        constants = kinds.constants_of(model)
        row |= {key: value.tolist() for key, value in constants.items()}
        tasks = answer_modules.make(row, tokenizer, **SETTINGS.of_answers)
        savedmodel.save(
            model, tasks, tokenizer.pieces, str(folder / "exports" / name)
        )
        cases[name] = (kind, examples, row, model)
        texts = strings_of(kind, examples)
        strings[name] = {"text": texts, "explain": texts}
        if kind == "tagging":
            longest = max(len(e.words) for e in examples)
            padded = [[*e.words, *[""] * longest][:longest] for e in examples]
            strings[name]["words"] = {"words": padded}
    (folder / "strings.json").write_text(json.dumps(strings))
    outcome = subprocess.run(
        [sys.executable, "-c", QUERY],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": ""},
    )
    assert outcome.returncode == 0, outcome.stderr[-3000:]

    def load(name, signature):
        path = folder / f"{name}.{signature}.npz"
        return dict(np.load(path)) if path.exists() else None

    return {
        name: (*case, {s: load(name, s) for s in ("text", "words", "explain")})
        for name, case in cases.items()
    }

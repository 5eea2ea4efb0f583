"""Folders of runs, to be reported on."""

import json

RESULTS = {
    "mlm_loss": 2.5,
    "mlm_accuracy": 0.5,
    "sentence_order_accuracy": 0.9,
    "unigram_loss": 6.25,
    "most_frequent_accuracy": 0.0625,
    "label_majority": 0.53125,
    "masked_tokens": 1234,
    "examples": 567,
    "parameters": 11_813_810,
}


def row(step, kind="train", **values):
    return {"step": step, "kind": kind, "mlm_loss": 9 - step / 10, **values}


def make_run(folder, rows=None, *, settings=None, results=None, events=None):
    folder.mkdir(parents=True)
    settings = {"learning_rate": 0.1, "optimizer": "lamb", **(settings or {})}
    (folder / "run.json").write_text(json.dumps(settings))
    if rows is None:
        rows = [row(0, "eval"), *map(row, range(1, 6)), row(5, "eval")]
    write_lines(folder / "metrics.jsonl", rows)
    if results:
        (folder / "eval_results.json").write_text(json.dumps(results))
    if events:
        write_lines(folder / "events.jsonl", events)
    return str(folder)


def write_lines(path, rows):
    path.write_text("".join(json.dumps(values) + "\n" for values in rows))

"""What the runs of embedding models leave behind."""

import json


def losses_of(folder):
    return [row["loss"] for row in training_rows(folder)]


def training_rows(folder):
    with open(f"{folder}/metrics.jsonl") as file:
        rows = [*map(json.loads, file)]
    return [row for row in rows if row["kind"] == "train"]


def placed(changes, folder):
    files = {
        name: folder / changes[name]
        for name in ("train_file", "eval_file")
        if name in changes
    }
    return {**changes, **files}

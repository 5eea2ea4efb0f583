"""The data of a case: the first part of what options name."""

import argparse
import json
import os
from typing import Any


def with_data(
    arguments: argparse.Namespace,
    settings: dict[str, Any],
    needs: tuple[str, ...],
    folder: str,
) -> dict[str, Any]:
    """Settings with the paths of the data that a case needs.

    Args:
        arguments: options of run.py, which name the data.
        settings: of the case; `examples` says how many to take of a task.
        needs: names of the options with the data.
        folder: for the slices.
    """
    found = dict(settings)
    for need in needs:
        path = os.path.abspath(getattr(arguments, need))
        if need == "sst2_file":
            # Inference takes texts of it too, some hundred of them or more.
            count = settings.get("examples", max(640, settings["rows"]))
            part = os.path.join(folder, f"sst2_{count}.tsv")
            examples = _cut_lines(path, part, count)
            found |= {"train_file": part, "texts_file": part}
        elif need == "squad_file":
            part = os.path.join(folder, "squad.json")
            examples = _cut_squad(path, part, settings["examples"])
            found["train_file"] = part
        elif need == "demo_records":
            # Ours reads the records; peers, which cannot, get the same rows.
            part = os.path.join(folder, "batches.npz")
            found["sequences"] = _pad_records(path, part, found)
            found |= {"demo_records": path, "batches_file": part}
            continue
        else:
            name = {"spm_model_file": "vocabulary"}.get(need, need)
            found[name] = path
            continue
        if "examples" in settings:
            found["examples"] = examples
    return found


def _pad_records(pattern: str, target: str, settings: dict) -> list[int]:
    """Writes the batches of a run, padded; returns the examples of each."""
    import numpy as np

    from data_pipeline.pretraining import batching
    from data_pipeline.pretraining import mask_config
    from data_pipeline.pretraining import mask_spec
    from data_pipeline.pretraining.records import record_sets

    record_set = record_sets.open_records(pattern, settings["length"])
    spec = mask_spec.from_config(
        mask_config.MaskConfig(max_predictions_per_seq=settings["masks"]),
        record_set.tokenizer,
    )
    batches = list(
        batching.training_batches(
            record_set, spec, batch_size=settings["rows"], seed=0
        )
        .take(1 + settings["steps"])
        .as_numpy_iterator()
    )
    np.savez(
        target,
        **{
            name: np.stack([batch[name] for batch in batches])
            for name in batches[0]
        },
    )
    return [settings["rows"]] * len(batches)


def _cut_lines(source: str, target: str, count: int) -> int:
    """Copies a header and `count` rows; returns how many there were."""
    with open(source, encoding="utf-8") as file:
        lines = [line for _, line in zip(range(count + 1), file, strict=False)]
    with open(target, "w", encoding="utf-8") as file:
        file.writelines(lines)
    return len(lines) - 1


def _cut_squad(source: str, target: str, count: int) -> int:
    """Copies paragraphs until they have `count` questions; returns these."""
    with open(source, encoding="utf-8") as file:
        paragraphs = [
            paragraph
            for article in json.load(file)["data"]
            for paragraph in article["paragraphs"]
        ]
    kept, questions = [], 0
    for paragraph in paragraphs:
        if questions >= count:
            break
        kept.append(paragraph)
        questions += len(paragraph["qas"])
    with open(target, "w", encoding="utf-8") as file:
        data = [{"title": "slice", "paragraphs": kept}]
        json.dump({"version": "v2.0", "data": data}, file)
    return questions

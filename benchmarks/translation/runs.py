"""Runs of the contestants that are trained, each in processes of its own."""

import dataclasses
import json
import os
from typing import Any

from benchmarks import alternate
from benchmarks.peers import id_rows
from benchmarks.translation import data as data_lib
from data_pipeline.text import tokenizers

_PEER = "benchmarks.peers.transformers_translation"


@dataclasses.dataclass(frozen=True)
class Budget:
    """What each run has.

    minutes: how long it trains, with its start and the choice of weights.
    clock: "wall"; or "processor": the work of all cores over their number,
        which other programs on the machine hardly change.
    threads: cores, and the threads of libraries.
    """

    minutes: float
    clock: str
    threads: int


@dataclasses.dataclass(frozen=True)
class Decoding:
    """What the beam searches of all contestants have in common.

    max_length: tokens of a text, without its start and end.
    """

    beam_size: int
    max_length: int


def peer(
    python: str,
    sizes: dict[str, int],
    settings: dict[str, Any],
    data: data_lib.Data,
    budget: Budget,
    decoding: Decoding,
) -> tuple[dict[str, Any], list[str]]:
    """Trains MarianMT of transformers and decodes the scored texts.

    Args:
        python: of an environment with transformers and PyTorch.
        sizes: of the model.
        settings: learning_rate, dropout, seed, batch_tokens, length_penalty.
        data: the pairs.
        budget: for the training.
        decoding: the beam search.
    Returns:
        What the worker reports (see its module), and the texts.
    """
    tokenizer = tokenizers.load(data.vocabulary)
    output = data.file(f"peer-{os.getpid()}.npz")
    found = alternate.run_worker(
        python,
        _PEER,
        {
            "sizes": sizes,
            "label_smoothing": 0.1,
            "warm_up": 0.1,
            "precision": "fastest",
            **settings,
            **dataclasses.asdict(decoding),
            "seconds": 60 * budget.minutes,
            "clock": budget.clock,
            "pad_id": tokenizer.pad_id,
            "end_id": tokenizer.sep_id,
            "train_file": data.file("train.npz"),
            "choosing_file": data.file("choosing.npz"),
            "scored_file": data.file("scored.npz"),
            "output_file": output,
        },
        budget.threads,
    )
    rows = id_rows.read(output)["target"]
    os.remove(output)
    return found, [tokenizer.decode(row) for row in rows]


def remembered(path: str, asked: dict, run) -> dict:
    """The result of run(), or what an earlier call wrote to `path`.

    Raises:
        ValueError: that was of another run than is asked for.
    """
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
        if found["asked"] != asked:
            raise ValueError(
                f"{path} must be of the run that is asked for. Received: "
                f"{found['asked']} there and {asked} now. Use another "
                "--work_dir or another name."
            )
        return found
    found = {"asked": asked, **run()}
    with open(f"{path}.part", "w", encoding="utf-8") as file:
        json.dump(found, file, indent=1, ensure_ascii=False)
    os.replace(f"{path}.part", path)
    return found

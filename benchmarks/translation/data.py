"""The files that all contestants have: pairs, a vocabulary, and ids."""

import json
import os
import subprocess
import sys
from typing import NamedTuple

from benchmarks.peers import id_rows
from benchmarks.translation import pairs as pairs_lib
from data_pipeline.text import tokenizers


class Data(NamedTuple):
    """Pairs in three parts, and their files.

    train, choosing, scored: pairs to learn from, to choose the best weights of
        a run by, and to score. A text is not in both of the last two.
    folder: has train, choosing and scored as .jsonl (columns text and target)
        and as .npz (ids).
    vocabulary: path of tokenizer.model, of both sides.
    """

    train: list[pairs_lib.Pair]
    choosing: list[pairs_lib.Pair]
    scored: list[pairs_lib.Pair]
    folder: str
    vocabulary: str

    def file(self, name: str) -> str:
        return os.path.join(self.folder, name)


def prepare(
    folder: str,
    train: list[pairs_lib.Pair],
    dev: list[pairs_lib.Pair],
    rows: tuple[int, int],
    vocabulary: str | None,
    vocab_size: int,
    max_lengths: tuple[int, int],
) -> Data:
    """Writes what is not yet there.

    Args:
        folder: to write to.
        train: pairs to learn from.
        dev: pairs to score, and to choose by; texts that are scored are left
            out of the latter.
        rows: how many pairs to score, and at most to choose by.
        vocabulary: path of a tokenizer.model; None: one of `vocab_size` pieces
            is trained on both sides of `train`. It keeps capitals and accents.
        vocab_size: V.
        max_lengths: tokens of a text and of a target; others are cut off.
    """
    os.makedirs(folder, exist_ok=True)
    scored, rest = dev[: rows[0]], dev[rows[0] :]
    texts = {pair.text for pair in scored}
    choosing = [pair for pair in rest if pair.text not in texts][: rows[1]]
    if not choosing:
        raise ValueError(
            "The dev file must have more rows than are scored, to choose the "
            f"best weights by. Received: {len(dev)} rows, of which {rows[0]} "
            "are scored. Lower --scored_rows."
        )
    parts = {"train": train, "choosing": choosing, "scored": scored}
    for name, pairs in parts.items():
        path = os.path.join(folder, f"{name}.jsonl")
        with open(path, "w", encoding="utf-8") as file:
            for text, target in pairs_lib.rows(pairs, name != "scored"):
                row = {"text": text, "target": target}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
    if vocabulary is None:
        vocabulary = os.path.join(folder, "vocabulary", "tokenizer.model")
        if not os.path.exists(vocabulary):
            _train_vocabulary(folder, train, vocab_size)
    tokenizer = tokenizers.load(vocabulary)
    for name, pairs in parts.items():
        rows_of_ids = [
            [ids[:length] for ids in tokenizer.encode_batch(side)]
            for side, length in zip(
                zip(*pairs_lib.rows(pairs, name != "scored"), strict=True),
                max_lengths,
                strict=True,
            )
        ]
        id_rows.write(
            os.path.join(folder, f"{name}.npz"),
            source=rows_of_ids[0],
            target=rows_of_ids[1],
        )
    return Data(train, choosing, scored, folder, vocabulary)


def _train_vocabulary(
    folder: str, pairs: list[pairs_lib.Pair], size: int
) -> None:
    path = os.path.join(folder, "sides.txt")
    with open(path, "w", encoding="utf-8") as file:
        for pair in pairs:
            for text in (pair.text, *pair.targets):
                # A line is a sentence there, and no line is empty.
                file.write(" ".join(text.split()) + "\n")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "albert_tf",
            "vocab",
            f"--input_file={path}",
            "--input_format=sentences",
            f"--output_dir={os.path.join(folder, 'vocabulary')}",
            f"--vocab_size={size}",
            "--normalization=none",
            "--nodo_lower_case",
        ],
        check=True,
    )

r"""Trains the same embedding model here and with sentence-transformers.

    albert-tf convert --input=start --to=sentence_transformers \
        --output=converted
    python -m benchmarks.embeddings.against_sentence_transformers \
        --model=start --converted=converted --train_file=pairs.tsv \
        --sts_dir=sts --work_dir=trained --peer_python=../peers/bin/python

`start` is an embedding model, such as the run of one step of
`albert-tf finetune --task_type=embedding` from a pretrained model. Both train
on the pairs of --train_file (a TSV file with the columns anchor
and positive) with in-batch negatives, in float32, the same number of steps, in
turn (A B A B) on the same cores. Prints for each the mean STS score, seconds
from the start of the process to saved weights, and pairs per second once the
first steps are done; and the ratios. sentence-transformers takes batches at
random and pads them to their longest text, as its users' scripts do;
albert-tf takes texts of about the same length. Leave the machine alone.
"""

import argparse
import json
import os
import sys

import numpy as np

import albert_tf
from benchmarks import alternate
from benchmarks import machine
from benchmarks.embeddings import similarity
from benchmarks.embeddings import tables
from tools import options

_NAMES = {"ours": "albert_tf", "theirs": "sentence_transformers"}


def main(arguments: argparse.Namespace) -> None:
    described = machine.describe(arguments.threads)
    print(json.dumps(described))
    if described["load_before"] > machine.BUSY:
        print(machine.warning(described))
    years = similarity.read_sts(arguments.sts_dir)
    rows: dict[str, list[dict]] = {name: [] for name in _NAMES}
    for number in range(arguments.rounds):
        for name in _NAMES:
            output = os.path.join(arguments.work_dir, f"{name}-{number}")
            row = _trained(arguments, name, output, number)
            row["sts"] = _score(output, years)
            rows[name].append(row)
            print(json.dumps({"contestant": name, **row}), flush=True)
    figures = ("sts", "seconds", "pairs_per_second")
    means = {
        name: [
            float(np.mean([row[figure] for row in found])) for figure in figures
        ]
        for name, found in rows.items()
    }
    ours, theirs = means.values()
    means["ours / theirs"] = list(np.divide(ours, theirs).tolist())
    print(tables.markdown("means", figures, means))


def _trained(
    arguments: argparse.Namespace, name: str, output: str, seed: int
) -> dict:
    is_ours = name == "ours"
    settings = {
        "model": os.path.abspath(
            arguments.model if is_ours else arguments.converted
        ),
        "train_file": os.path.abspath(arguments.train_file),
        "output": output,
        "rows": arguments.train_batch_size,
        "length": arguments.max_seq_length,
        "buckets": arguments.length_buckets,
        "learning_rate": arguments.learning_rate,
        "temperature": arguments.temperature,
        "steps": arguments.steps,
        "warmup": arguments.steps // 10,
        "seed": seed,
    }
    return alternate.run_worker(
        sys.executable if is_ours else os.path.abspath(arguments.peer_python),
        f"benchmarks.embeddings.with_{_NAMES[name]}",
        settings,
        arguments.threads,
    )


def _score(folder: str, years: dict) -> float:
    embedder = albert_tf.embedder(folder)
    by_year = [
        np.mean(
            [
                similarity.judge(lambda texts: embedder, pairs).spearman()
                for pairs in files
            ]
        )
        for files in years.values()
    ]
    return float(np.mean(by_year))


if __name__ == "__main__":
    parser = options.Parser(__doc__)
    parser.add_argument("--model", required=True, help="What ours starts from.")
    parser.add_argument(
        "--converted",
        required=True,
        help="The same model, for sentence-transformers.",
    )
    parser.add_argument(
        "--train_file",
        required=True,
        help="TSV with the columns anchor and positive.",
    )
    parser.add_argument(
        "--sts_dir", required=True, help="Folder of STS 2012 to 2016."
    )
    parser.add_argument(
        "--work_dir", required=True, help="New folder for the trained models."
    )
    parser.add_argument(
        "--peer_python",
        required=True,
        help="Python with sentence-transformers[train].",
    )
    for name, default in (
        ("--rounds", 2),
        ("--threads", 2),
        ("--steps", 200),
        ("--train_batch_size", 128),
        ("--max_seq_length", 48),
    ):
        parser.add_argument(
            name, type=options.at_least(1), default=default, help="Number."
        )
    parser.add_argument(
        "--length_buckets", default="16,24,32,48", help="Ours: row lengths."
    )
    parser.add_argument(
        "--learning_rate", type=float, default=5e-4, help="Peak."
    )
    parser.add_argument(
        "--temperature", type=float, default=0.05, help="Of the loss."
    )
    options.run(main, parser)

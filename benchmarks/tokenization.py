r"""Speed of our tokenizer against SentencePiece alone, on the same lines.

    python -m benchmarks.tokenization --spm_model_file=30k-clean.model \
        --input_file=wiki.txt

Ours normalizes as ALBERT does and applies the digit-comma rule; SentencePiece
alone does neither, so its ids differ. The two take turns, with the same number
of threads. Ours should be at least half as fast. Normalization is Python and
runs on one thread, so the ratio falls as threads are added.

WikiText-2 (validation) and 30k-clean.model, SentencePiece 0.2.3, two cores of
an AMD EPYC that other work shared:

    threads  SentencePiece MB/s  ours MB/s  ours / SentencePiece
          1                13.9       11.7                  0.84
          2                16.9       13.8                  0.82
"""

import argparse
import statistics
import time
from collections.abc import Callable
from collections.abc import Sequence

import sentencepiece

from data_pipeline.text import tokenizers
from tools import options

ROUNDS = 9
THREADS = (1, 2, -1)  # -1: one per core


def seconds_each(
    runs: Sequence[Callable[[], object]], rounds: int
) -> list[float]:
    """Median seconds of each run, when they take turns: A B A B ..."""
    times: list[list[float]] = [[] for _ in runs]
    for _ in range(rounds):
        for run, taken in zip(runs, times, strict=True):
            begin = time.perf_counter()
            run()
            taken.append(time.perf_counter() - begin)
    return [statistics.median(taken) for taken in times]


def main(arguments: argparse.Namespace) -> None:
    ours = tokenizers.load(arguments.spm_model_file)
    alone = sentencepiece.SentencePieceProcessor(model_proto=ours.vocabulary)
    with open(arguments.input_file, encoding="utf-8") as file:
        lines = file.read().split("\n")
    megabytes = sum(len(line.encode()) for line in lines) / 1e6
    print(f"{len(lines)} lines, {megabytes:.2f} MB, {ROUNDS} rounds")
    print("threads  SentencePiece MB/s  ours MB/s  ours / SentencePiece")
    for threads in THREADS:
        runs = (
            lambda n=threads: alone.encode(lines, out_type=int, num_threads=n),
            lambda n=threads: ours.encode_batch(lines, num_threads=n),
        )
        for run in runs:  # the first calls fill caches
            run()
        theirs_s, ours_s = seconds_each(runs, ROUNDS)
        print(
            f"{threads:7d}  {megabytes / theirs_s:18.1f}"
            f"  {megabytes / ours_s:9.1f}  {theirs_s / ours_s:20.2f}"
        )


def _parser() -> options.Parser:
    parser = options.Parser(__doc__)
    add = parser.add_argument
    add(
        "--spm_model_file",
        required=True,
        help="SentencePiece model of the vocabulary.",
    )
    add(
        "--input_file",
        required=True,
        help="UTF-8 text file to encode line by line.",
    )
    return parser


if __name__ == "__main__":
    options.run(main, _parser())

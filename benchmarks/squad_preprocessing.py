r"""Measures how fast questions on texts become windows of ids.

    python -m benchmarks.squad_preprocessing --data_file=train-v2.0.json \
        --spm_model_file=30k-clean.model --num_workers=1

Reading the file counts. Prints JSON.
"""

import argparse
import json
import os
import platform
import statistics
import time

from data_pipeline.tasks import row_problems
from data_pipeline.tasks.spans import span_features
from data_pipeline.tasks.spans import squad
from data_pipeline.text import tokenizers
from tools import options

# Of google-research/albert's convert_examples_to_features with the defaults
# above, on 200 questions of SQuAD 2.0 (38 paragraphs), two
# cores of an Intel Xeon, one process, without writing them to a file.
GOOGLE_QUESTIONS_PER_SECOND = 107


def encode(
    arguments: argparse.Namespace, tokenizer: tokenizers.Tokenizer
) -> tuple[float, int, int]:
    """Seconds, questions and windows of one round."""
    begin = time.perf_counter()
    examples = squad.read(arguments.data_file, row_problems.Problems("skip"))
    features = span_features.encode(
        examples,
        tokenizer,
        max_seq_length=arguments.max_seq_length,
        doc_stride=arguments.doc_stride,
        num_workers=arguments.num_workers,
    )
    return time.perf_counter() - begin, len(examples), len(features)


def main(arguments: argparse.Namespace) -> None:
    tokenizer = tokenizers.load(arguments.spm_model_file)
    rounds = [encode(arguments, tokenizer) for _ in range(arguments.rounds)]
    median = statistics.median(seconds for seconds, _, _ in rounds)
    _, questions, windows = rounds[0]
    speed = questions / median
    report = {
        "questions": questions,
        "windows": windows,
        "num_workers": arguments.num_workers,
        "seconds": [round(seconds, 2) for seconds, _, _ in rounds],
        "questions_per_second": round(speed),
        "file_mb_per_second": round(
            os.path.getsize(arguments.data_file) / 1e6 / median, 2
        ),
        "times_googles_speed": round(speed / GOOGLE_QUESTIONS_PER_SECOND),
        "machine": platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
    }
    print(json.dumps(report, indent=2))


def _parser() -> options.Parser:
    parser = options.Parser(__doc__)
    add = parser.add_argument
    add("--data_file", required=True, help="SQuAD JSON file.")
    add(
        "--spm_model_file",
        required=True,
        help="SentencePiece model of the vocabulary.",
    )
    add("--max_seq_length", type=int, default=384, help="Tokens per window.")
    add(
        "--doc_stride",
        type=int,
        default=128,
        help="Number of tokens from the start of one window to the next.",
    )
    add("--num_workers", type=int, default=1, help="Number of processes.")
    add(
        "--rounds",
        type=int,
        default=3,
        help="Number of rounds to take the median of.",
    )
    return parser


if __name__ == "__main__":
    options.run(main, _parser())

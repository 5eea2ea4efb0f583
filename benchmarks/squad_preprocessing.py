r"""Measures how fast questions on texts become windows of ids.

    python -m benchmarks.squad_preprocessing --data_file=train-v2.0.json \
        --spm_model_file=30k-clean.model --num_workers=1

Reading the file counts. Prints JSON.
"""

import json
import os
import platform
import statistics
import time

from absl import app
from absl import flags

from data_pipeline.tasks import problems as problems_lib
from data_pipeline.tasks.spans import features as span_features
from data_pipeline.tasks.spans import squad
from data_pipeline.text import tokenizer as tokenizer_lib

FLAGS = flags.FLAGS
flags.DEFINE_string("data_file", None, "SQuAD JSON file.", required=True)
flags.DEFINE_string(
    "spm_model_file",
    None,
    "SentencePiece model of the vocabulary.",
    required=True,
)
flags.DEFINE_integer("max_seq_length", 384, "Tokens per window.")
flags.DEFINE_integer(
    "doc_stride",
    128,
    "Number of tokens from the start of one window to the next.",
)
flags.DEFINE_integer("num_workers", 1, "Number of processes.")
flags.DEFINE_integer("rounds", 3, "Number of rounds to take the median of.")

# Of google-research/albert's convert_examples_to_features with the defaults
# above, on 200 questions of SQuAD 2.0 (38 paragraphs), two
# cores of an Intel Xeon, one process, without writing them to a file.
GOOGLE_QUESTIONS_PER_SECOND = 107


def encode(tokenizer: tokenizer_lib.Tokenizer) -> tuple[float, int, int]:
    """Seconds, questions and windows of one round."""
    begin = time.perf_counter()
    examples = squad.read(FLAGS.data_file, problems_lib.Problems("skip"))
    features = span_features.encode(
        examples,
        tokenizer,
        max_seq_length=FLAGS.max_seq_length,
        doc_stride=FLAGS.doc_stride,
        num_workers=FLAGS.num_workers,
    )
    return time.perf_counter() - begin, len(examples), len(features)


def main(argv: list[str]) -> None:
    if len(argv) > 1:
        raise app.UsageError(f"Unexpected arguments: {argv[1:]}")
    tokenizer = tokenizer_lib.load(FLAGS.spm_model_file)
    rounds = [encode(tokenizer) for _ in range(FLAGS.rounds)]
    median = statistics.median(seconds for seconds, _, _ in rounds)
    _, questions, windows = rounds[0]
    speed = questions / median
    report = {
        "questions": questions,
        "windows": windows,
        "num_workers": FLAGS.num_workers,
        "seconds": [round(seconds, 2) for seconds, _, _ in rounds],
        "questions_per_second": round(speed),
        "file_mb_per_second": round(
            os.path.getsize(FLAGS.data_file) / 1e6 / median, 2
        ),
        "times_googles_speed": round(speed / GOOGLE_QUESTIONS_PER_SECOND),
        "machine": platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    app.run(main)

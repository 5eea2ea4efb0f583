r"""Finds the largest batch that fits a TPU, for each way to run the stack.

    python -m benchmarks.tpu_compile --python=.venv-tpu/bin/python \
        --models=base,large --output=benchmarks/results/tpu_compile.md

Compiles steps with tools.tpu_compile_check, whose flags have their defaults
here, and appends a row of Markdown for each way as it is found; prints each
report. Ways that the file already has rows for are skipped, so run the same
command again to resume.
"""

import itertools
import json
import os
import re
import subprocess

from absl import app
from absl import flags

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "python",
    None,
    "Python of an environment with the packages of requirements-tpu-check.txt.",
)
flags.DEFINE_list(
    "models", ["base", "large"], "Published model sizes to compile."
)
flags.DEFINE_list(
    "depths",
    ["loop", "unrolled"],
    "Ways to lay out the layers: loop, unrolled, or both.",
)
flags.DEFINE_list(
    "recompute",
    ["true", "false"],
    "Whether to recompute activations: true, false, or both.",
)
flags.DEFINE_integer("first_batch", 16, "Rows per replica to try first.")
flags.DEFINE_string("output", None, "Markdown file to append to.")
flags.mark_flags_as_required(["python", "output"])

REPLICAS = 4
# Rows a replica: powers of two, and one between each two.
BATCHES = sorted({n << k for n in (2, 3) for k in range(9)} | {1})
COLUMNS = (
    "model",
    "depth",
    "recompute",
    "rows a replica",
    "TFLOP of products",
    "temporary GiB",
    "peak GiB",
    "compiled in s",
    "the next size wants",
    "flags",
)


def compile_step(step: list[str]) -> dict:
    """The report of a step, or {"wanted": ...} where memory is too small."""
    outcome = subprocess.run(
        [FLAGS.python, "-m", "tools.tpu_compile_check", *step],
        capture_output=True,
        text=True,
    )
    if outcome.returncode == 0:
        return json.loads(outcome.stdout)
    # A step of so much, or a buffer.
    wanted = re.search(r" of (\S+), and a device of ", outcome.stderr)
    if not wanted:
        raise RuntimeError(f"{step} failed: {outcome.stderr}")
    return {"wanted": wanted[1]}


def flags_of(model: str, depth: str, recompute: str, rows: int) -> list[str]:
    return [
        f"--model={model}",
        f"--depth={depth}",
        f"--recompute={recompute}",
        f"--train_batch_size={rows * REPLICAS}",
    ]


def largest(model: str, depth: str, recompute: str) -> list:
    """The cells of a way's row: of the most rows that fit."""
    reports = {}

    def fits(index):
        rows = BATCHES[index]
        if rows not in reports:
            step = flags_of(model, depth, recompute, rows)
            reports[rows] = compile_step(step)
            print(json.dumps({"flags": step, **reports[rows]}), flush=True)
        return "wanted" not in reports[rows]

    index = BATCHES.index(FLAGS.first_batch)
    while index >= 0 and not fits(index):
        index -= 1
    while fits(index + 1):
        index += 1
    way = [model, depth, recompute]
    wanted = reports[BATCHES[index + 1]]["wanted"]
    if index < 0:
        return [*way, 0, "-", "-", "-", "-", wanted, "-"]
    rows = BATCHES[index]
    report = reports[rows]
    return [
        *way,
        rows,
        f"{report['matrix_flops'] / 1e12:.2f}",
        f"{report['temporary_gib']:.2f}",
        f"{report['peak_gib']:.2f}",
        f"{report['compile_seconds']:.0f}",
        wanted,
        f"`{' '.join(flags_of(*way, rows))}`",
    ]


def line(cells) -> str:
    return f"| {' | '.join(map(str, cells))} |\n"


def main(argv: list[str]) -> None:
    if len(argv) > 1:
        raise app.UsageError(f"Unexpected arguments: {argv[1:]}")
    done = ""
    if os.path.exists(FLAGS.output):
        with open(FLAGS.output) as file:
            done = file.read()
    if line(COLUMNS) not in done:
        with open(FLAGS.output, "a") as file:
            file.write(line(COLUMNS) + line(["---"] * len(COLUMNS)))
    for model, depth, recompute in itertools.product(
        FLAGS.models, FLAGS.depths, FLAGS.recompute
    ):
        if f"| {model} | {depth} | {recompute} |" in done:
            continue
        row = line(largest(model, depth, recompute))
        with open(FLAGS.output, "a") as file:
            file.write(row)


if __name__ == "__main__":
    app.run(main)

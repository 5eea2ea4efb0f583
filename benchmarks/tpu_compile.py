r"""The largest batch that a TPU's memory holds, for each way to run the stack.

    python -m benchmarks.tpu_compile --python=.venv-tpu/bin/python \
        --models=base,large --output=benchmarks/results/tpu_compile.md

Compiles steps with tools.tpu_compile_check, whose flags have their defaults
here, and appends a row of Markdown for each way as it is found. Ways that the
file has rows of are left out, so that the same command goes on.
"""

import itertools
import json
import os
import subprocess

from absl import app
from absl import flags

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "python", None, "Interpreter with requirements-tpu-check.txt."
)
flags.DEFINE_list("models", ["base", "large"], "Published sizes.")
flags.DEFINE_list("depths", ["loop", "unrolled"], "As Execution's.")
flags.DEFINE_list("recompute", ["true", "false"], "Whether activations are.")
flags.DEFINE_integer("first_batch", 16, "Rows a replica to try first.")
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
    "the next size",
)


def compile_step(command: list[str]) -> dict:
    """The report of a step, or {"error": ...}."""
    outcome = subprocess.run(
        [FLAGS.python, *command], capture_output=True, text=True
    )
    if outcome.returncode == 0:
        return json.loads(outcome.stdout)
    return {"error": outcome.stderr.strip().splitlines()[-1]}


def command_of(model: str, depth: str, recompute: str, rows: int) -> list[str]:
    return [
        "-m",
        "tools.tpu_compile_check",
        f"--model={model}",
        f"--depth={depth}",
        f"--recompute={recompute}",
        f"--train_batch_size={rows * REPLICAS}",
    ]


def largest(model: str, depth: str, recompute: str) -> tuple[int, dict, dict]:
    """The most rows that fit, their report, and that of the next size."""
    reports = {}

    def fits(index):
        rows = BATCHES[index]
        if rows not in reports:
            command = command_of(model, depth, recompute, rows)
            reports[rows] = compile_step(command)
            print(json.dumps({"command": command, **reports[rows]}), flush=True)
        return "error" not in reports[rows]

    index = BATCHES.index(FLAGS.first_batch)
    while not fits(index):
        if index == 0:
            return 0, {}, reports[BATCHES[0]]
        index = max(index - 2, 0)
    # What is kept grows with the rows; the compiler may then save some.
    report = reports[BATCHES[index]]
    per_row = report["temporary_gib"] / BATCHES[index]
    room = 15.75 - report["arguments_gib"]
    while BATCHES[index + 1] * per_row < room and BATCHES[index] < 512:
        index += 1
    while not fits(index):
        index -= 1
    while fits(index + 1):
        index += 1
    rows = BATCHES[index]
    return rows, reports[rows], reports[BATCHES[index + 1]]


def row_of(model, depth, recompute, rows, report, next_report) -> str:
    cells = [model, depth, recompute, rows]
    if rows:
        cells += [
            f"{report['matrix_flops'] / 1e12:.2f}",
            f"{report['temporary_gib']:.2f}",
            f"{report['peak_gib']:.2f}",
            f"{report['compile_seconds']:.0f}",
        ]
    else:
        cells += ["-"] * 4
    return line([*cells, next_report["error"]])


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
        row = row_of(model, depth, recompute, *largest(model, depth, recompute))
        with open(FLAGS.output, "a") as file:
            file.write(row)


if __name__ == "__main__":
    app.run(main)

r"""Finds the largest batch that fits a TPU, for each way to run the stack.

    python -m benchmarks.tpu_compile --python=.venv-tpu/bin/python \
        --models=base,large --output=benchmarks/results/tpu_compile.md

Compiles steps with tools.tpu_compile_check, whose flags have their defaults
here, and appends a row of Markdown for each way as it is found; prints each
report. Ways that the file already has rows for are skipped, so run the same
command again to resume.
"""

import argparse
import itertools
import json
import os
import re
import subprocess

from tools import options

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


def compile_step(arguments: argparse.Namespace, step: list[str]) -> dict:
    """The report of a step, or {"wanted": ...} where memory is too small."""
    outcome = subprocess.run(
        [arguments.python, "-m", "tools.tpu_compile_check", *step],
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


def largest(
    arguments: argparse.Namespace, model: str, depth: str, recompute: str
) -> list:
    """The cells of a way's row: of the most rows that fit."""
    reports = {}

    def fits(index):
        rows = BATCHES[index]
        if rows not in reports:
            step = flags_of(model, depth, recompute, rows)
            reports[rows] = compile_step(arguments, step)
            print(json.dumps({"flags": step, **reports[rows]}), flush=True)
        return "wanted" not in reports[rows]

    index = BATCHES.index(arguments.first_batch)
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


def main(arguments: argparse.Namespace) -> None:
    done = ""
    if os.path.exists(arguments.output):
        with open(arguments.output) as file:
            done = file.read()
    if line(COLUMNS) not in done:
        with open(arguments.output, "a") as file:
            file.write(line(COLUMNS) + line(["---"] * len(COLUMNS)))
    for model, depth, recompute in itertools.product(
        arguments.models, arguments.depths, arguments.recompute
    ):
        if f"| {model} | {depth} | {recompute} |" in done:
            continue
        row = line(largest(arguments, model, depth, recompute))
        with open(arguments.output, "a") as file:
            file.write(row)


def _parser() -> options.Parser:
    parser = options.Parser(__doc__)
    add = parser.add_argument
    add(
        "--python",
        required=True,
        help="Python of an environment with the packages of "
        "requirements-tpu-check.txt.",
    )
    add(
        "--models",
        type=options.names,
        default="base,large",
        help="Published model sizes to compile.",
    )
    add(
        "--depths",
        type=options.names,
        default="loop,unrolled",
        help="Ways to lay out the layers: loop, unrolled, or both.",
    )
    add(
        "--recompute",
        type=options.names,
        default="true,false",
        help="Whether to recompute activations: true, false, or both.",
    )
    add(
        "--first_batch",
        type=int,
        default=16,
        help="Rows per replica to try first.",
    )
    add("--output", required=True, help="Markdown file to append to.")
    return parser


if __name__ == "__main__":
    options.run(main, _parser())

r"""Ours and its peers, in turn, case by case.

    python -m benchmarks.run --cases='step_base_*' \
        --transformers_python=../peers/torch/bin/python \
        --keras_hub_python=../peers/keras/bin/python

prints a JSON line for each contestant of each case, as alternate.lines
describes it. Without --cases all that have their data are measured, and
benchmarks/results/<date>.md is written, with a plot. A peer takes part where
the Python of its environment is named (docs/benchmarks.md says how to make
one). All weights are random. Leave the machine alone while it runs.
"""

import argparse
import datetime
import fnmatch
import functools
import json
import logging
import os
import sys
import tempfile

from benchmarks import alternate
from benchmarks import cases as cases_lib
from benchmarks import machine
from benchmarks import report
from benchmarks import slices
from tools import options

_PEERS = ("transformers", "keras_hub", "model_garden")


def main(arguments: argparse.Namespace) -> None:
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    chosen = _chosen(arguments)
    pythons = _pythons(arguments)
    output = arguments.output
    if output is None and arguments.cases is None:
        output = f"benchmarks/results/{datetime.date.today()}.md"
    if output:
        report.check_free(output)
    before = machine.describe(arguments.threads)
    if before["load_before"] > machine.BUSY:
        logging.warning("%s", machine.warning(before))
    print(json.dumps({"machine": before}), flush=True)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen:
            for row in _measure(arguments, name, pythons, folder):
                rows.append(row)
                print(json.dumps(row), flush=True)
    if output:
        report.write(output, rows, before, arguments.quick, sys.argv[1:])
        logging.info("Written: %s", output)
    failed = [row for row in rows if "error" in row]
    if failed:
        raise ValueError(
            "All contestants must finish. Received errors from: "
            f"{', '.join(row['contestant'] for row in failed)}; see the lines "
            "above."
        )


def _chosen(arguments: argparse.Namespace) -> list[str]:
    """The names of the cases to measure."""
    if arguments.cases is None:
        names = []
        for name, case in cases_lib.CASES.items():
            lacking = [
                need for need in case.needs if not getattr(arguments, need)
            ]
            if lacking:
                logging.warning(
                    "%s is left out because --%s must be given for it.",
                    name,
                    ", --".join(lacking),
                )
            else:
                names.append(name)
        return names
    found = []
    for pattern in arguments.cases:
        names = fnmatch.filter(cases_lib.CASES, pattern)
        if not names:
            raise ValueError(
                "--cases must be patterns that match some of "
                f"{', '.join(cases_lib.CASES)}. Received: {pattern!r}."
            )
        found += [name for name in names if name not in found]
    for name in found:
        for need in cases_lib.CASES[name].needs:
            if not getattr(arguments, need):
                raise ValueError(
                    f"--{need} must be given for the case {name}. Received: "
                    "none."
                )
    return found


def _pythons(arguments: argparse.Namespace) -> dict[str | None, str]:
    """The interpreter of ours (None) and of each peer that takes part."""
    named = {p: getattr(arguments, f"{p}_python") for p in _PEERS}
    for peer in arguments.peers or ():
        if peer not in named:
            raise ValueError(
                f"--peers must list only {', '.join(_PEERS)}. Received: "
                f"{peer!r}."
            )
        if not named[peer]:
            raise ValueError(
                f"--{peer}_python must name the Python of an environment that "
                f"has {peer}. Received: none."
            )
    taken = named if arguments.peers is None else arguments.peers
    return {
        None: sys.executable,
        **{p: os.path.abspath(named[p]) for p in taken if named[p]},
    }


def _measure(
    arguments: argparse.Namespace, name: str, pythons: dict, folder: str
) -> list[dict]:
    case = cases_lib.CASES[name]
    settings = slices.with_data(
        arguments, _settings(arguments, case.settings), case.needs, folder
    )
    workers = {}
    if case.floor:
        workers["floor"] = functools.partial(
            alternate.run_worker,
            sys.executable,
            "benchmarks.floor",
            settings,
            arguments.threads,
        )
    for contestant, one in case.contestants.items():
        if one.peer in pythons:
            workers[contestant] = functools.partial(
                alternate.run_worker,
                pythons[one.peer],
                one.module + case.workload,
                {**settings, **_settings(arguments, one.settings)},
                arguments.threads,
            )
    found = alternate.alternate(workers, arguments.rounds)
    return alternate.lines(name, case.figure, found)


def _settings(arguments: argparse.Namespace, settings: dict) -> dict:
    return cases_lib.quick(settings) if arguments.quick else settings


def _parser() -> options.Parser:
    parser = options.Parser(__doc__)
    add = parser.add_argument
    add(
        "--cases",
        type=options.names,
        help=f"Cases to measure: {', '.join(cases_lib.CASES)}; or patterns, "
        "such as step_*. If left out, all cases whose data is given, "
        "with the results in a file.",
    )
    add(
        "--peers",
        type=options.names,
        help=f"Libraries to compare with: {', '.join(_PEERS)}. If left out, "
        "those whose Python is given.",
    )
    for _peer in _PEERS:
        add(f"--{_peer}_python", help=f"Python of an environment with {_peer}.")
    add("--spm_model_file", help="SentencePiece model of the vocabulary.")
    add("--sst2_file", help="Path of SST-2's train.tsv.")
    add("--squad_file", help="Path of the training file of SQuAD 2.0.")
    add("--text_file", help="Text file for making records and ids.")
    add("--records", help="Pattern of files with records of 512 tokens.")
    add(
        "--demo_records",
        help="Pattern of files with the records of 64 tokens that make demo "
        "builds.",
    )
    add(
        "--rounds",
        type=options.at_least(1),
        default=5,
        help="Number of processes for each contestant.",
    )
    add(
        "--threads",
        type=options.at_least(1),
        default=os.cpu_count(),
        help="Number of cores for each process.",
    )
    add("--output", help="Markdown file to write.")
    options.add_switch(
        parser,
        "--quick",
        "Use tiny sizes and few steps, to check that everything runs; the "
        "figures are not meaningful.",
    )
    return parser


if __name__ == "__main__":
    options.run(main, _parser())

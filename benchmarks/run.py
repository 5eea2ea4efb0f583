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

import datetime
import fnmatch
import functools
import json
import os
import sys
import tempfile

from absl import flags
from absl import logging

from benchmarks import alternate
from benchmarks import cases as cases_lib
from benchmarks import machine
from benchmarks import report
from benchmarks import slices
from data_pipeline.commands import command_line

_FLAGS = flags.FLAGS
_PEERS = ("transformers", "keras_hub", "model_garden")


def main(argv: list[str]) -> None:
    command_line.no_arguments(argv)
    chosen = _chosen()
    pythons = _pythons()
    output = _FLAGS.output
    if output is None and _FLAGS.cases is None:
        output = f"benchmarks/results/{datetime.date.today()}.md"
    if output:
        report.check_free(output)
    before = machine.describe(_FLAGS.threads)
    if before["load_before"] > machine.BUSY:
        logging.warning("%s", machine.warning(before))
    print(json.dumps({"machine": before}), flush=True)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen:
            for row in _measure(name, pythons, folder):
                rows.append(row)
                print(json.dumps(row), flush=True)
    if output:
        report.write(output, rows, before, _FLAGS.quick, sys.argv[1:])
        logging.info("Written: %s", output)
    failed = [row for row in rows if "error" in row]
    if failed:
        raise ValueError(
            "All contestants must finish. Received errors from: "
            f"{', '.join(row['contestant'] for row in failed)}; see the lines "
            "above."
        )


def _chosen() -> list[str]:
    """The names of the cases to measure."""
    if _FLAGS.cases is None:
        names = []
        for name, case in cases_lib.CASES.items():
            lacking = [need for need in case.needs if not _FLAGS[need].value]
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
    for pattern in _FLAGS.cases:
        names = fnmatch.filter(cases_lib.CASES, pattern)
        if not names:
            raise ValueError(
                "--cases must be patterns that match some of "
                f"{', '.join(cases_lib.CASES)}. Received: {pattern!r}."
            )
        found += [name for name in names if name not in found]
    for name in found:
        for need in cases_lib.CASES[name].needs:
            if not _FLAGS[need].value:
                raise ValueError(
                    f"--{need} must be given for the case {name}. Received: "
                    "none."
                )
    return found


def _pythons() -> dict[str | None, str]:
    """The interpreter of ours (None) and of each peer that takes part."""
    named = {p: _FLAGS[f"{p}_python"].value for p in _PEERS}
    for peer in _FLAGS.peers or ():
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
    taken = named if _FLAGS.peers is None else _FLAGS.peers
    return {
        None: sys.executable,
        **{p: os.path.abspath(named[p]) for p in taken if named[p]},
    }


def _measure(name: str, pythons: dict, folder: str) -> list[dict]:
    case = cases_lib.CASES[name]
    settings = slices.with_data(_settings(case.settings), case.needs, folder)
    workers = {}
    if case.floor:
        workers["floor"] = functools.partial(
            alternate.run_worker,
            sys.executable,
            "benchmarks.floor",
            settings,
            _FLAGS.threads,
        )
    for contestant, one in case.contestants.items():
        if one.peer in pythons:
            workers[contestant] = functools.partial(
                alternate.run_worker,
                pythons[one.peer],
                one.module + case.workload,
                {**settings, **_settings(one.settings)},
                _FLAGS.threads,
            )
    found = alternate.alternate(workers, _FLAGS.rounds)
    return alternate.lines(name, case.figure, found)


def _settings(settings: dict) -> dict:
    return cases_lib.quick(settings) if _FLAGS.quick else settings


if __name__ == "__main__":
    flags.DEFINE_list(
        "cases",
        None,
        f"Cases to measure: {', '.join(cases_lib.CASES)}; or patterns, such as "
        "step_*. If left out, all cases whose data is given, with the results "
        "in a file.",
    )
    flags.DEFINE_list(
        "peers",
        None,
        f"Libraries to compare with: {', '.join(_PEERS)}. If left out, those "
        "whose Python is given.",
    )
    for _peer in _PEERS:
        flags.DEFINE_string(
            f"{_peer}_python", None, f"Python of an environment with {_peer}."
        )
    flags.DEFINE_string(
        "spm_model_file", None, "SentencePiece model of the vocabulary."
    )
    flags.DEFINE_string("sst2_file", None, "Path of SST-2's train.tsv.")
    flags.DEFINE_string(
        "squad_file", None, "Path of the training file of SQuAD 2.0."
    )
    flags.DEFINE_string(
        "text_file", None, "Text file for making records and ids."
    )
    flags.DEFINE_string(
        "records", None, "Pattern of files with records of 512 tokens."
    )
    flags.DEFINE_string(
        "demo_records",
        None,
        "Pattern of files with the records of 64 tokens that make demo builds.",
    )
    flags.DEFINE_integer(
        "rounds", 5, "Number of processes for each contestant.", 1
    )
    flags.DEFINE_integer(
        "threads", os.cpu_count(), "Number of cores for each process.", 1
    )
    flags.DEFINE_string("output", None, "Markdown file to write.")
    flags.DEFINE_bool(
        "quick",
        False,
        "Use tiny sizes and few steps, to check that everything runs; the "
        "figures are not meaningful.",
    )
    command_line.run(main)

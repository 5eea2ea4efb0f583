"""The command albert-tf and its subcommands.

The modules in this folder import neither TensorFlow nor Keras, so that --help
appears at once: they contain the description and the flags of each command. The
work is done in albert_tf/workflows and in data_pipeline.
"""

import difflib
import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from typing import NamedTuple

# Commands that resume when they are run again.
_RESUMING = ("records", "pretrain", "finetune", "tune", "embed")


class Command(NamedTuple):
    """A subcommand.

    Attributes:
        name: its name on the command line.
        module: module with a function `run`, which defines the flags and runs
            the command.
        summary: its description in `albert-tf --help`.
    """

    name: str
    module: str
    summary: str


STAGES = {
    "Data": (
        Command(
            "corpus",
            "data_pipeline.commands.corpus",
            "Turn any corpus into plain text, one sentence a line",
        ),
        Command(
            "vocab",
            "data_pipeline.commands.vocabulary",
            "Train a SentencePiece vocabulary",
        ),
        Command(
            "records",
            "data_pipeline.commands.records",
            "Turn text into pretraining records",
        ),
        Command(
            "audit",
            "data_pipeline.commands.audit",
            "Report what records contain",
        ),
    ),
    "Training": (
        Command(
            "estimate",
            "albert_tf.commands.estimate",
            "Estimate memory, work and time of a run",
        ),
        Command(
            "doctor",
            "albert_tf.commands.doctor",
            "Check a run before it starts",
        ),
        Command(
            "pretrain",
            "albert_tf.commands.pretrain",
            "Pretrain on records",
        ),
        Command(
            "finetune",
            "albert_tf.commands.finetune",
            "Fine-tune on a task, or on your own data",
        ),
        Command(
            "tune",
            "albert_tf.commands.tuning.tune",
            "Search for the settings of fine-tuning that do best",
        ),
        Command(
            "report",
            "albert_tf.commands.report",
            "Draw the curves and numbers of runs as a page",
        ),
    ),
    "Answers": (
        Command(
            "evaluate",
            "albert_tf.commands.evaluate",
            "Evaluate a trained model on a file",
        ),
        Command(
            "predict",
            "albert_tf.commands.predict",
            "Predict a file or a text with a trained model",
        ),
        Command(
            "calibrate",
            "albert_tf.commands.calibration.calibrate",
            "Calibrate probabilities, and set thresholds",
        ),
        Command(
            "metrics",
            "data_pipeline.commands.metrics",
            "Score a file of predictions",
        ),
        Command(
            "submission",
            "data_pipeline.commands.submission",
            "Merge predictions into a zip for the GLUE site",
        ),
    ),
    "Meaning": (
        Command(
            "embed",
            "albert_tf.commands.retrieval.embed",
            "Turn a file of texts into a file of embeddings",
        ),
        Command(
            "index",
            "albert_tf.commands.retrieval.index",
            "Index documents by their embeddings and words",
        ),
        Command(
            "search",
            "albert_tf.commands.retrieval.search",
            "Search an index, or evaluate its rankings",
        ),
        Command(
            "mine",
            "albert_tf.commands.retrieval.mine",
            "Mine hard negatives for training",
        ),
    ),
    "Models": (
        Command(
            "export",
            "albert_tf.commands.export",
            "Export a model with its tokenizer inside",
        ),
        Command(
            "serve",
            "albert_tf.commands.serve",
            "Serve exported models over HTTP, with a page to try them",
        ),
        Command(
            "convert",
            "albert_tf.commands.convert",
            "Convert weights from and to Google's and Hugging Face's formats",
        ),
        Command(
            "push",
            "albert_tf.commands.push",
            "Push a model to the Hugging Face Hub, with a model card",
        ),
        Command(
            "prune",
            "albert_tf.commands.prune",
            "Prune attention heads and feed-forward units",
        ),
        Command(
            "exit-curve",
            "albert_tf.commands.exit_curve",
            "Measure early exits: score against time",
        ),
    ),
}
COMMANDS = {
    command.name: command
    for commands in STAGES.values()
    for command in commands
}


def main() -> None:
    """Runs the subcommand that the command line names."""
    name = sys.argv[1] if len(sys.argv) > 1 else "--help"
    if name in ("--help", "-h", "-help", "help"):
        _check_partner()
        from data_pipeline.commands import standard_output

        standard_output.show(_overview())
        return
    if name == "--version":
        from albert_tf import __version__

        print(f"albert_tf {__version__}")
        return
    if name not in COMMANDS:
        nearest = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f" Did you mean {nearest[0]}?" if nearest else ""
        sys.exit(
            "Error: The first argument must be a subcommand: one of "
            f"{', '.join(COMMANDS)}. Received: {name!r}.{hint}"
        )
    sys.argv[:2] = [f"albert-tf {name}"]
    run(name)


def run(name: str) -> None:
    """Runs a subcommand with the arguments in sys.argv."""
    _check_partner()
    from data_pipeline.io import interrupts

    # Handles signals until the command installs its own handlers.
    with interrupts.handled(resumes=name in _RESUMING):
        from data_pipeline.commands import command_help

        command_help.forget()
        importlib.import_module(COMMANDS[name].module).run()


def _check_partner() -> None:
    """Exits if another data_pipeline hides the one that comes with albert_tf.

    `python -m` searches the current folder first.
    """
    found = importlib.util.find_spec("data_pipeline")
    places = list(found.submodule_search_locations or ()) if found else []
    if not any(
        os.path.exists(os.path.join(place, "commands", "command_help.py"))
        for place in places
    ):
        received: Sequence[str | None] = places or [
            found.origin if found else "none"
        ]
        sys.exit(
            "Error: The package data_pipeline must be the one that comes with "
            f"albert_tf. Received: {received[0]}. Run albert-tf instead of "
            "python -m albert_tf, or run it in another folder."
        )


def _overview() -> str:
    lines = [
        "albert-tf: pretrain, fine-tune, export and serve ALBERT.",
        "",
        "Usage: albert-tf SUBCOMMAND [--flag=value ...]",
    ]
    for stage, commands in STAGES.items():
        lines += ["", f"{stage}:"]
        lines += [f"  {each.name:<12}{each.summary}" for each in commands]
    lines += ["", "albert-tf SUBCOMMAND --help lists the flags of one."]
    return "\n".join(lines)

"""Text for a model card: tables, and paths without what is of one machine."""

import os
import re
import shlex
from collections.abc import Sequence
from typing import Any

from albert_tf.runs import secrets


def shortened(text: str) -> str:
    """A path, or an argument with paths, by their names alone.

        --data_dir=/home/ann/glue          --data_dir=glue
        --input_file=gs://b/a/x,~/y        --input_file=x,y

    Relative paths stay.
    """
    parts = re.split(r"([=,:])", re.sub(r"\w[\w+.-]*://", "/", text))
    return "".join(map(_name, parts))


def command(arguments: Sequence[str]) -> str:
    """A command line as it is typed, by the names of its files.

    Without secrets: earlier versions kept it in run.json as it was.
    """
    program, *others = map(shortened, secrets.hidden(arguments))
    if program.endswith(".py"):
        program = f"python {program}"
    return " ".join([program, *map(shlex.quote, others)])


def table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """In Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _name(path: str) -> str:
    is_absolute = path.startswith(("/", "~"))
    return os.path.basename(path.rstrip("/")) if is_absolute else path

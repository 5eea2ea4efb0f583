"""Text for a model card: tables, and paths without private folders."""

import os
import re
import shlex
from collections.abc import Sequence
from typing import Any

from albert_tf.runs import secrets


def shortened(text: str) -> str:
    """Reduces absolute paths in an argument to their last part.

        --data_dir=/home/ann/glue     becomes  --data_dir=glue
        --input_file=gs://b/a/x,~/y   becomes  --input_file=x,y

    Relative paths and addresses on the Hugging Face Hub are kept.
    """
    text = re.sub(r"\b(?!hf://)\w[\w+.-]*://", "/", text)
    parts = re.split(r"(\bhf://[^\s,'\"]+|[=,:'\"]+)", text)
    return "".join(map(_name, parts))


def public(text: str) -> str:
    """A setting with shortened paths and without secrets."""
    return shortened(secrets.hidden([text])[0])


def command(arguments: Sequence[str]) -> str:
    """A command line with shortened paths and without secrets.

    Earlier versions recorded secrets in run.json.
    """
    program, *others = map(shortened, secrets.hidden(arguments))
    if program.endswith(".py"):
        program = f"python {program}"
    return " ".join([program, *map(shlex.quote, others)])


def table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Formats a table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _name(text: str) -> str:
    path = text.lstrip(" [({")
    if not path.startswith(("/", "~")):
        return text
    return text.removesuffix(path) + os.path.basename(path.rstrip("/"))

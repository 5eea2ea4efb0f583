"""The best settings as a command and as a flagfile."""

import csv
import io
import shlex
from collections.abc import Mapping
from typing import Any

from albert_tf.workflows.configs import finetune as finetune_config
from data_pipeline import config as config_lib

# The flags of the command, whatever the search was given.
_OWN = ("do_train", "do_eval", "output_dir")


def flags(
    config: finetune_config.FinetuneConfig, best: Mapping[str, Any]
) -> list[str]:
    """The flags of a fine-tuning run: those that were given to the search, and
    the best settings, without an output folder.

    Args:
        config: the settings of a trial.
        best: the settings that were searched, with their best values.
    """
    found = ["--do_train", "--do_eval"]
    for field, _ in config_lib.fields_of(finetune_config.FinetuneConfig):
        name = field.name
        if name in best or (config.is_given(name) and name not in _OWN):
            value = best.get(name, getattr(config, name))
            found += _flags_of(name, value)
    return found


def command(found: list[str]) -> str:
    """A command line with these flags, on several lines."""
    words = ["albert-tf finetune", *map(shlex.quote, found)]
    return " \\\n    ".join([*words, "--output_dir=NEW_FOLDER"])


def _flags_of(name: str, value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, bool):
        return [f"--{'' if value else 'no'}{name}"]
    if isinstance(value, tuple):
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow(value)
        return [f"--{name}={line.getvalue()}"]
    return [f"--{name}={value}"]

"""The word behind doctor and estimate: which command they are about."""

import re
import sys
from collections.abc import Mapping

from albert_tf.commands import finetune
from albert_tf.commands import pretrain
from data_pipeline.commands import original_flags

# Flags of google-research/albert, and what to write instead.
REPLACED: Mapping[str, Mapping[str, str]] = {
    "pretrain": original_flags.PRETRAINING,
    "finetune": original_flags.CLASSIFIER,
}
# Shown before all others by --help.
FIRST = {"pretrain": pretrain.FIRST, "finetune": finetune.FIRST}


def take() -> str:
    """pretrain or finetune: the first argument, which is taken out.

    Without such a word the flags decide: only fine-tuning has a task.
    """
    words = sys.argv[1:]
    if not words or words[0].startswith("-"):
        is_task = any(re.match(r"--?task_name\b", word) for word in words)
        return "finetune" if is_task else "pretrain"
    if words[0] not in REPLACED:
        sys.exit(
            f"Error: The word after {sys.argv[0]} must be one of "
            f"{', '.join(REPLACED)}. Received: {words[0]!r}."
        )
    sys.argv[:2] = [f"{sys.argv[0]} {words[0]}"]
    return words[0]


def define_flags(stage: str) -> None:
    """Those of the command that the word names."""
    commands = {"pretrain": pretrain, "finetune": finetune}
    commands[stage].define_flags()

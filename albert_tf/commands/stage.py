"""The word after `doctor` and `estimate`: the command whose run is meant."""

import re
import sys

WORDS = ("pretrain", "finetune")


def take() -> str:
    """Removes the first argument, pretrain or finetune, and returns it.

    If it is left out, the flags decide: only fine-tuning has a task.
    """
    words = sys.argv[1:]
    if not words or words[0].startswith("-"):
        is_task = any(re.match(r"--?task_name\b", word) for word in words)
        return "finetune" if is_task else "pretrain"
    if words[0] not in WORDS:
        sys.exit(
            f"Error: The word after {sys.argv[0]} must be one of "
            f"{', '.join(WORDS)}. Received: {words[0]!r}."
        )
    sys.argv[:2] = [f"{sys.argv[0]} {words[0]}"]
    return words[0]

"""A process that runs trials for another one.

    python -m albert_tf.commands.tuning.worker

Each line of its input is the settings of a trial, as JSON; the answers are
lines on its output: {"evaluation": 3, "score": 0.71}, answered by a line
{"give_up": false}; and at the end {"score": 0.74, "error": null}. It ends with
its input, or with its parent, and stops as a command does when it is asked to.
"""

import json
import os
import signal
import sys
import threading
import time
from typing import IO
from typing import Any

from absl import logging

from albert_tf.commands import ending
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.tuning import outcomes
from albert_tf.workflows.tuning import trial_run

_SECONDS = 1.0


def main() -> None:
    """Runs the trials that the parent asks for."""
    # What libraries print must not be mistaken for answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    logging.set_verbosity(logging.WARNING)
    threading.Thread(
        target=_end_with, args=(os.getppid(),), daemon=True
    ).start()
    with ending.of_run():
        for line in sys.stdin:
            _answer(answers, _run(json.loads(line), answers)._asdict())


def _run(given: dict[str, Any], answers: IO[str]) -> outcomes.Outcome:
    config = finetune_config.FinetuneConfig(
        **given["settings"], given=frozenset(given["given"])
    )

    def report(number: int, score: float) -> bool:
        _answer(answers, {"evaluation": number, "score": score})
        return bool(json.loads(sys.stdin.readline())["give_up"])

    return trial_run.InThisProcess().run(config, report)


def _answer(answers: IO[str], content: dict[str, Any]) -> None:
    answers.write(json.dumps(content) + "\n")
    answers.flush()


def _end_with(parent: int) -> None:
    """Asks this process to stop, which saves, once its parent is gone."""
    while os.getppid() == parent:
        time.sleep(_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()

"""Runs trials in processes of their own, several at the same time."""

import json
import os
import signal
import subprocess
import sys
from typing import Any

import tensorflow as tf
from absl import logging

from albert_tf.training import stopping
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.tuning import outcomes

_MODULE = "albert_tf.commands.tuning.worker"
_GPUS = "CUDA_VISIBLE_DEVICES"


class InAnotherProcess:
    """An `outcomes.Runner` with a process of its own.

    The process is started again for the next trial if it ends, as it does when
    memory runs out.

    Args:
        number: which of the processes it is, from 0 on.
        count: the number of processes.
    """

    def __init__(self, number: int, count: int) -> None:
        self._number = number
        self._environment = _environment(number, count)
        self._process: subprocess.Popen | None = None
        self._is_stopped = False

    def run(
        self,
        config: finetune_config.FinetuneConfig,
        report: outcomes.Report,
    ) -> outcomes.Outcome | None:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", _MODULE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=self._environment,
            )
        settings = {
            "settings": config.values(),
            "given": sorted(config.given),
        }
        try:
            self._say(settings)
            while answer := self._heard():
                if "evaluation" not in answer:
                    return outcomes.Outcome(**answer)
                give_up = report(answer["evaluation"], answer["score"])
                self._say({"give_up": give_up})
        except BrokenPipeError:
            pass  # it has ended
        code = self._process.wait()
        if self._is_stopped or code == stopping.RESUME_EXIT_CODE:
            return None
        logging.warning("Process %d ended with code %d.", self._number, code)
        return outcomes.Outcome(
            error=f"The process of the trial ended with code {code}, perhaps "
            "because memory ran out. Use fewer --processes, or a smaller batch."
        )

    def stop(self) -> None:
        """Asks the process to save and to end."""
        self._is_stopped = True
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def close(self) -> None:
        """Lets the process end, and waits until it has."""
        if self._process is not None:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            try:
                self._process.stdin.close()
            except BrokenPipeError:
                pass  # it has ended
            self._process.wait()
            self._process.stdout.close()

    def _say(self, content: dict[str, Any]) -> None:
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.write(json.dumps(content) + "\n")
        self._process.stdin.flush()

    def _heard(self) -> dict[str, Any] | None:
        assert self._process is not None and self._process.stdout is not None
        line = self._process.stdout.readline()
        return json.loads(line) if line.endswith("\n") else None


def _environment(number: int, count: int) -> dict[str, str]:
    """Shares of the CPU's cores, and one of the GPUs, in turns."""
    found = dict(os.environ)
    cores = str(max(1, len(os.sched_getaffinity(0)) // count))
    found.setdefault("TF_NUM_INTRAOP_THREADS", cores)
    found.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    gpus = found.get(_GPUS) or ",".join(
        map(str, range(len(tf.config.list_physical_devices("GPU"))))
    )
    if gpus:
        names = gpus.split(",")
        found[_GPUS] = names[number % len(names)]
    # The packages of this process, wherever they were found.
    found["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    return found

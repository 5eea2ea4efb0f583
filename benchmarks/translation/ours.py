"""Runs of albert-tf finetune that take a given time, and their answers."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from typing import Any

import albert_tf
from benchmarks.translation import data as data_lib
from benchmarks.translation import runs

# Evaluations on the rows for choosing, in a whole run.
_EVALUATIONS = 10
# Short runs: (steps, steps between evaluations).
PROBES = ((40, 40), (120, 120), (120, 40))


def train(
    folder: str,
    flags: str,
    seed: int,
    data: data_lib.Data,
    budget: runs.Budget,
    decoding: runs.Decoding,
) -> tuple[dict[str, Any], list[str]]:
    """Fine-tunes for a time, and predicts the scored texts.

    Args:
        folder: of the run; what an interrupted one left in it is removed.
        flags: of albert-tf finetune: the model, its rates and batches.
        seed, data, budget, decoding: as for `runs.peer`.
    Returns:
        steps, parameters; seconds and processor_seconds of the training, with
            its start and its evaluations; decoding_seconds, with the start of
            that process; and the texts.
    """
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    words = [
        "--task_name=custom",
        "--task_type=generation",
        f"--train_file={data.file('train.jsonl')}",
        f"--eval_file={data.file('choosing.jsonl')}",
        f"--spm_model_file={data.vocabulary}",
        "--text_column=text",
        "--target_column=target",
        # With the start and the end.
        f"--max_target_length={decoding.max_length + 2}",
        f"--beam_size={decoding.beam_size}",
        f"--random_seed={seed}",
        "--strategy=one_device",
        *shlex.split(flags),
    ]
    costs = []
    for number, (steps, every) in enumerate(PROBES):
        place = os.path.join(folder, f"probe{number}")
        costs.append(_finetune(words, place, steps, every, budget))
        shutil.rmtree(place)
    clock = "seconds" if budget.clock == "wall" else "processor_seconds"
    share = 1 if budget.clock == "wall" else budget.threads
    steps = steps_within(
        60 * budget.minutes, [cost[clock] / share for cost in costs]
    )
    run = os.path.join(folder, "run")
    cost = _finetune(words, run, steps, -(-steps // _EVALUATIONS), budget)
    output = os.path.join(folder, "scored.jsonl")
    decoded = _command(
        ["predict", run, data.file("scored.jsonl"), f"--output={output}"],
        os.path.join(folder, "predict.log"),
        budget.threads,
    )
    with open(output, encoding="utf-8") as file:
        texts = [json.loads(line)["prediction"] or "" for line in file]
    return {
        **cost,
        "steps": steps,
        "parameters": int(albert_tf.load(run).count_params()),
        "decoding_seconds": decoded["seconds"],
    }, texts


def steps_within(seconds: float, costs: list[float]) -> int:
    """Steps of a run that takes so many seconds, with _EVALUATIONS.

    Args:
        seconds: the budget.
        costs: seconds of the short runs of PROBES.

    >>> steps_within(1000, [20, 28, 32])
    9620
    """
    few, many, evaluated = costs
    between = PROBES[1][0] - PROBES[0][0]
    each = max(many - few, 1e-3) / between
    more = PROBES[2][0] // PROBES[2][1] - 1
    evaluation = max(evaluated - many, 0.0) / more
    start = max(few - PROBES[0][0] * each - evaluation, 0.0)
    left = seconds - start - _EVALUATIONS * evaluation
    return max(2 * _EVALUATIONS, int(left / each))


def _finetune(
    words: list[str], folder: str, steps: int, every: int, budget: runs.Budget
) -> dict[str, float]:
    return _command(
        [
            "finetune",
            "--do_train",
            f"--output_dir={folder}",
            f"--num_train_steps={steps}",
            f"--num_warmup_steps={max(1, steps // 10)}",
            f"--eval_steps={every}",
            *words,
        ],
        f"{folder}.log",
        budget.threads,
    )


def _command(words: list[str], path: str, threads: int) -> dict[str, float]:
    """Runs albert-tf; its seconds by the wall and of all cores."""
    cores = sorted(os.sched_getaffinity(0))[:threads]
    began = time.time()
    with open(path, "wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "albert_tf", *words],
            stdout=log,
            stderr=log,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise ValueError(
            "Each run must finish. Received: exit code "
            f"{process.returncode}. See {path}."
        )
    return {
        "seconds": time.time() - began,
        "processor_seconds": used.ru_utime + used.ru_stime,
    }

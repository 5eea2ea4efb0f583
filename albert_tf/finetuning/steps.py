"""Steps of several kinds of batch: a program for each task and shape."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from albert_tf import kinds
from albert_tf import objectives as objectives_lib
from albert_tf.training import steps


class Sums:
    """The sums of each task, one after the other, and their means.

    Args:
        heads: by task.
        objectives: by task, of the same parts; the labels' is the first.
    """

    def __init__(self, heads, objectives: dict[str, objectives_lib.Objective]):
        self._heads = heads
        self._objective = next(iter(objectives.values()))

    def metrics(self, sums: np.ndarray) -> dict[str, float]:
        """Sums, float [3 P T], to means: `loss`, of the labels, over all
        examples; <part>_loss of the other parts, of a teacher; with several
        tasks also <task>_loss of those that there was something of."""
        sums = np.reshape(sums, [len(self._heads), -1])
        total = self._objective.metrics(sums.sum(axis=0))
        values = {"loss": total.pop("label_loss")}
        accuracy = total.pop("label_accuracy")
        found = [kinds.KINDS[head.kind] for head in self._heads.values()]
        if not any(kind.is_numeric for kind in found):
            values["accuracy"] = accuracy
        values |= {k: v for k, v in total.items() if k != "loss"}
        if len(sums) > 1:
            for task, (loss, _, weight, *_) in zip(
                self._heads, sums, strict=True
            ):
                if weight:
                    values[f"{task}_loss"] = float(loss / weight)
        return values


class Batches:
    """The batches of a plan from a step on; an iterator for each kind.

    Args:
        plan: training.BatchPlan.
        batches: as training.TrainingData's.
        step: the first.
    """

    def __init__(self, plan, batches: Callable, step: int):
        self._plan, self._batches = plan, batches
        self.step = step
        self._first = plan.done(step)
        self._iterators: dict[int, Any] = {}

    def of_kind(self, kind: int):
        """The iterator of a kind; made when the first batch is wanted."""
        if kind not in self._iterators:
            self._iterators[kind] = iter(
                self._batches(self._plan, kind, int(self._first[kind]))
            )
        return self._iterators[kind]


class TrainSteps:
    """As what `steps.make_train_steps` returns, for the batches of a plan.

    Args:
        strategy, optimizer: as there.
        model: multitask.MultitaskModel.
        objectives: what to minimize, by task.
        trained: the variables to move, by name.
        plan: training.BatchPlan.
        stop: as there.
        lora: of `lora`, or None.
        seed, accumulate_steps, jit_compile: as of `steps.make_train_step`.
    """

    def __init__(
        self,
        strategy,
        model,
        objectives: dict[str, objectives_lib.Objective],
        optimizer,
        trained,
        plan,
        stop,
        *,
        lora,
        **options,
    ):
        self._plan, self._lora = plan, lora
        self._objectives = objectives
        self._tasks = list(model.models)
        self._make = lambda task: self._compile(
            strategy, model, optimizer, trained, stop, task, options
        )
        self._runs: dict[str, Any] = {}

    def _compile(
        self, strategy, model, optimizer, trained, stop, task, options
    ):
        head = model.heads[task]
        objective = self._objectives[task]
        # Other tasks' heads stay as they are, their decay and moments too; and
        # so does a pooler that nothing reads.
        unread = [f"tasks/{name}/" for name in self._tasks if name != task]
        if not kinds.KINDS[head.kind].reads_pooled:
            unread.append("encoder/pooler/")
        step = steps.make_train_step(
            strategy,
            model.models[task],
            optimizer,
            objective,
            weights=[
                weight
                for name, weight in trained.items()
                if not name.startswith(tuple(unread))
            ],
            **options,
        )
        return steps.make_train_steps(strategy, step, stop, objective)

    def trace(self, batches: Batches) -> None:
        """Traces the program of the next batch, where that is a new one."""
        kind = int(self._plan.steps[batches.step])
        self._run_of(kind).trace(batches.of_kind(kind))

    def _run_of(self, kind: int):
        task, _ = self._plan.kinds[kind]
        if task not in self._runs:
            self._runs[task] = self._make(task)
        return self._runs[task]

    def __call__(self, batches: Batches, count: tf.Tensor) -> dict:
        """Runs so many steps, as long as no signal comes."""
        left = int(count)
        total: dict[str, Any] = {}
        while left:
            kind = int(self._plan.steps[batches.step])
            task, _ = self._plan.kinds[kind]
            length = self._plan.run(batches.step, left)
            outcome = self._run_of(kind)(
                batches.of_kind(kind), tf.constant(length)
            )
            outcome = {k: v.numpy() for k, v in outcome.items()}
            sums = np.zeros([len(self._tasks), len(outcome["sums"])])
            sums[self._tasks.index(task)] = outcome["sums"]
            outcome["sums"] = sums.reshape(-1)
            done = int(outcome["steps"])
            batches.step += done
            left -= done
            if total:
                stop = outcome["stop"]
                outcome = {k: total[k] + v for k, v in outcome.items()}
                outcome["stop"] = stop
            total = outcome
            if total["stop"]:
                break
        if self._lora:
            self._lora.merge()
        return total

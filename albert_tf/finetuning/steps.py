"""Training steps for batches of several tasks: a program for each task."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from albert_tf import kinds
from albert_tf import objectives as objectives_lib
from albert_tf.training import steps


class Sums:
    """Computes metrics from the sums of several tasks.

    Args:
        heads: the heads by task.
        objectives: the objectives by task, all with the same parts; the first
            part is the loss on labels.
    """

    def __init__(self, heads, objectives: dict[str, objectives_lib.Objective]):
        self._heads = heads
        self._objective = next(iter(objectives.values()))

    def metrics(self, sums: np.ndarray) -> dict[str, float]:
        """Computes means from sums.

        Args:
            sums: float [3 P T], the objectives' sums, task after task.
        Returns:
            `loss`, the mean loss on labels over all examples; <part>_loss for
            the parts that come from a teacher; and with several tasks
            <task>_loss for each task with examples.
        """
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
    """The batches of a plan from a step on, with an iterator for each kind.

    Args:
        plan: a training.BatchPlan.
        batches: as in training.TrainingData.
        step: the first step.
    """

    def __init__(self, plan, batches: Callable, step: int):
        self._plan, self._batches = plan, batches
        self.step = step
        self._first = plan.done(step)
        self._iterators: dict[int, Any] = {}

    def of_kind(self, kind: int):
        """The iterator of a kind, created at its first use."""
        if kind not in self._iterators:
            self._iterators[kind] = iter(
                self._batches(self._plan, kind, int(self._first[kind]))
            )
        return self._iterators[kind]


class TrainSteps:
    """Runs the steps of a plan, like the result of `steps.make_train_steps`.

    Args:
        strategy, optimizer, stop: as in `steps.make_train_steps`.
        model: a multitask.MultitaskModel.
        objectives: the losses to minimize, by task.
        trained: the variables to update, by name.
        plan: a training.BatchPlan.
        lora: a lora.Lora, or None.
        **options: `seed`, `accumulate_steps` and `jit_compile`, as in
            `steps.make_train_step`.
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
        # The heads of other tasks, and a pooler that is not used, are not
        # updated: neither weights nor moments change.
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
        """Traces the program for the next batch, if it is a new one."""
        kind = int(self._plan.steps[batches.step])
        self._run_of(kind).trace(batches.of_kind(kind))

    def _run_of(self, kind: int):
        task, _ = self._plan.kinds[kind]
        if task not in self._runs:
            self._runs[task] = self._make(task)
        return self._runs[task]

    def __call__(self, batches: Batches, count: tf.Tensor) -> dict:
        """Runs `count` steps, or fewer if a host is asked to stop."""
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

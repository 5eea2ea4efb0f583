"""When a training run reports, saves and evaluates."""

import dataclasses


@dataclasses.dataclass(frozen=True, kw_only=True)
class Schedule:
    """When to report, save and evaluate, in optimizer steps.

    Attributes:
        num_train_steps: number of steps of the run.
        iterations_per_loop: maximum number of steps per call to the device, and
            between two progress reports.
        save_checkpoints_steps: number of steps between checkpoints.
        eval_steps: number of steps between evaluations; 0: evaluate only at the
            start and the end.
        keep_checkpoint_max: number of checkpoints to keep.
        evaluate_first: whether to evaluate before the first step.
        changes: the steps after which the row length or the depth changes.
    """

    num_train_steps: int
    iterations_per_loop: int
    save_checkpoints_steps: int
    eval_steps: int
    keep_checkpoint_max: int
    evaluate_first: bool = True
    changes: tuple[int, ...] = ()

    def next_stop(self, step: int) -> int:
        """The next step after `step` at which steps return to the host."""
        every = [self.iterations_per_loop, self.save_checkpoints_steps]
        if self.eval_steps:
            every.append(self.eval_steps)
        stops = [(step // n + 1) * n for n in every]
        stops += [stop for stop in self.changes if stop > step]
        return min(*stops, self.num_train_steps)

    def last_change(self, step: int) -> int:
        """The last change up to `step`; 0 if there was none."""
        return max((stop for stop in self.changes if stop <= step), default=0)

    def saves_at(self, step: int) -> bool:
        """Whether a checkpoint is due after `step`."""
        return self._is_due(step, self.save_checkpoints_steps)

    def evaluates_at(self, step: int) -> bool:
        """Whether an evaluation is due after `step`."""
        if step == 0 and not self.evaluate_first:
            return False
        return self._is_due(step, self.eval_steps)

    def _is_due(self, step: int, every: int) -> bool:
        ends = (0, self.num_train_steps)
        return step in ends or (every > 0 and step % every == 0)

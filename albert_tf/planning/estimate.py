"""Estimates the work, memory and time of a run before it starts.

Operations are counted in `flops`, memory is estimated in `memory`, and time
follows from the operations and the speed of a device. No device is used.
"""

import dataclasses

from albert_tf import config as config_lib
from albert_tf.planning import depth_schedule
from albert_tf.planning import flops
from albert_tf.planning import length_schedule
from albert_tf.planning import memory

# Vendors count the memory of devices this way: 16 GB are 16 * 2**30 bytes.
GB = 2**30
# Share of a device's memory that a step may take. The rest is left for the
# runtime, for fragmentation and for the error of the estimate.
USABLE = 0.9


@dataclasses.dataclass(frozen=True, kw_only=True)
class Task:
    """The task of a fine-tuning run.

    Attributes:
        classes: number of outputs of the head.
        rows_per_example: number of choices for multiple choice; otherwise 1.
        reads_tokens: as in `flops.per_task_step`.
    """

    classes: int
    rows_per_example: int = 1
    reads_tokens: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shape:
    """The settings of a run that decide its work, memory and time.

    Attributes:
        config: the model's sizes.
        train_batch_size: rows per step, over all replicas. An example of
            multiple choice has several rows.
        phases: the phases of --sequence_schedule; a single one without it.
        max_predictions_per_seq: positions per row that the masked-LM head
            scores; with --pack, those of a whole packed row.
        parts: the parts of --depth_schedule; empty without it.
        replicas: number of replicas.
        accumulate_steps: number of parts that a replica splits its rows into
            and computes one after another.
        precision: "float32" or "bfloat16".
        depth, recompute, compiled: as in `layers.execution.Execution`.
        device_memory_gb: memory of one replica, in GB of 2**30 bytes.
        flops_per_second: operations per second that one replica reaches in
            practice, not its peak.
        task: the task of a fine-tuning run; None for pretraining.
    """

    config: config_lib.AlbertConfig
    train_batch_size: int
    phases: tuple[length_schedule.Phase, ...]
    max_predictions_per_seq: int
    parts: tuple[depth_schedule.Part, ...] = ()
    replicas: int = 1
    accumulate_steps: int = 1
    precision: str = "float32"
    depth: str = "unrolled"
    recompute: bool = False
    compiled: bool = False
    device_memory_gb: float | None = None
    flops_per_second: float | None = None
    task: Task | None = None

    @property
    def parameters(self) -> int:
        if self.task is None:
            return flops.parameters(self.config)
        return flops.encoder_parameters(self.config, self.task.classes)

    @property
    def max_seq_length(self) -> int:
        return max(phase.max_seq_length for phase in self.phases)

    @property
    def num_train_steps(self) -> int:
        return self.phases[-1].stop_step

    @property
    def rows(self) -> int:
        """Rows that a replica computes at once."""
        return self.train_batch_size // (self.replicas * self.accumulate_steps)


def flops_per_step(shape: Shape, *, recomputation: bool = False) -> float:
    """Operations of a step with the longest rows and all layers, over all
    replicas; see `flops.per_step`."""
    return _flops(shape, shape.max_seq_length, recomputation)


def flops_of_run(shape: Shape) -> float:
    """Operations of the whole run, including the recomputed ones."""
    parts = shape.parts or depth_schedule.whole(
        shape.config, shape.num_train_steps
    )
    return sum(
        (stretch.stop_step - stretch.first_step)
        * _flops(
            dataclasses.replace(
                shape,
                config=dataclasses.replace(
                    shape.config, num_hidden_layers=stretch.num_layers
                ),
            ),
            stretch.max_seq_length,
            shape.recompute,
        )
        for stretch in depth_schedule.stretches(shape.phases, parts)
    )


def seconds_of_run(shape: Shape) -> float:
    """Seconds that the run takes if every replica reaches `flops_per_second`
    and nothing else takes time."""
    assert shape.flops_per_second is not None
    return flops_of_run(shape) / (shape.flops_per_second * shape.replicas)


def memory_of_step(shape: Shape, rows: int | None = None) -> memory.Memory:
    """Memory of a step on one replica, with the longest rows and all layers.

    Args:
        shape: the run.
        rows: rows that are computed at once; if left out, those of the shape.
    """
    return memory.of_step(
        shape.config,
        rows=shape.rows if rows is None else rows,
        max_seq_length=shape.max_seq_length,
        max_predictions_per_seq=shape.max_predictions_per_seq,
        mode=memory.ExecutionMode(
            bfloat16=shape.precision == "bfloat16",
            depth=shape.depth,
            recompute=shape.recompute,
            compiled=shape.compiled,
        ),
        parameters=shape.parameters,
    )


def largest_rows(shape: Shape) -> int:
    """The largest number of rows that a replica can compute at once within
    USABLE of its memory; 0 if not even one row fits."""
    assert shape.device_memory_gb is not None
    limit = USABLE * shape.device_memory_gb * GB

    def fits(rows: int) -> bool:
        return memory_of_step(shape, rows).total <= limit

    if not fits(1):
        return 0
    fitting, too_many = 1, 2
    while fits(too_many):
        fitting, too_many = too_many, 2 * too_many
    while too_many - fitting > 1:
        middle = (fitting + too_many) // 2
        if fits(middle):
            fitting = middle
        else:
            too_many = middle
    return fitting


def largest_batch(shape: Shape) -> int:
    """The largest --train_batch_size that fits into USABLE of the memory of
    each replica; 0 if none fits."""
    each = shape.task.rows_per_example if shape.task else 1
    at_once = largest_rows(shape) // each
    return at_once * shape.replicas * shape.accumulate_steps


def fitting_parts(shape: Shape) -> int | None:
    """The smallest --accumulate_steps with which a step fits into memory.

    Returns:
        None if not even one row fits, or if the memory of the device is
        unknown.
    """
    if shape.device_memory_gb is None:
        return None
    each = shape.task.rows_per_example if shape.task else 1
    largest = largest_rows(shape) // each
    examples = shape.train_batch_size // each // shape.replicas  # per replica
    for at_once in range(min(largest, examples), 0, -1):
        if examples % at_once == 0:
            return examples // at_once
    return None


def _flops(shape: Shape, length: int, recomputation: bool) -> float:
    if shape.task is not None:
        return flops.per_task_step(
            shape.config,
            batch_size=shape.train_batch_size,
            max_seq_length=length,
            reads_tokens=shape.task.reads_tokens,
            recompute=recomputation,
        )
    return flops.per_step(
        shape.config,
        batch_size=shape.train_batch_size,
        max_seq_length=length,
        max_predictions_per_seq=shape.max_predictions_per_seq,
        recompute=recomputation,
    )

"""What a run will take, before it is started.

Work is counted (`flops`), memory follows from what the code keeps (`memory`),
time from both and a rate. No device is touched.
"""

import dataclasses

from albert_tf import config as config_lib
from albert_tf.planning import flops
from albert_tf.planning import length_schedule
from albert_tf.planning import memory

# As the memory of devices is sold: 16 GB are 16 * 2**30 bytes.
GB = 2**30
# What a batch may take of a device: the rest is the runtime's, lost between
# tensors, or the error of the estimate.
USABLE = 0.9


@dataclasses.dataclass(frozen=True, kw_only=True)
class Task:
    """What fine-tuning adds to the settings of a run.

    classes: numbers that the head gives.
    rows_per_example: choices of multiple choice; otherwise 1.
    reads_tokens: as of `flops.per_task_step`.
    """

    classes: int
    rows_per_example: int = 1
    reads_tokens: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shape:
    """The settings of a run that decide what it takes.

    train_batch_size: rows of a step, over all replicas.
    phases: of --sequence_schedule; without one, a single phase.
    max_predictions_per_seq: slots of a row that the masked-LM head scores;
        with --pack those of the whole row.
    accumulate_steps: parts that a replica works on one after the other.
    precision: "float32" or "bfloat16".
    depth, recompute, compiled: as of layers.execution.Execution.
    device_memory_gb: of one replica, in GB of 2**30 bytes.
    flops_per_second: that one replica reaches, not its peak.
    task: of fine-tuning; None: pretraining. A train_batch_size is then of
        rows too: an example of multiple choice has several.
    """

    config: config_lib.AlbertConfig
    train_batch_size: int
    phases: tuple[length_schedule.Phase, ...]
    max_predictions_per_seq: int
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
        """Rows that a replica works on at once."""
        return self.train_batch_size // (self.replicas * self.accumulate_steps)


def flops_per_step(shape: Shape, *, recomputation: bool = False) -> float:
    """Of a step of the longest phase, all replicas; see `flops.per_step`."""
    return _flops(shape, shape.max_seq_length, recomputation)


def flops_of_run(shape: Shape) -> float:
    """All operations that will be done, those of --recompute among them."""
    return sum(
        (phase.stop_step - phase.first_step)
        * _flops(shape, phase.max_seq_length, shape.recompute)
        for phase in shape.phases
    )


def seconds_of_run(shape: Shape) -> float:
    """At flops_per_second on every replica; nothing else takes time."""
    assert shape.flops_per_second is not None
    return flops_of_run(shape) / (shape.flops_per_second * shape.replicas)


def memory_of_step(shape: Shape, rows: int | None = None) -> memory.Memory:
    """Of one replica, in the longest phase.

    Args:
        shape: the run.
        rows: worked on at once; left out, those of the shape.
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
    """Most rows at once in USABLE of device_memory_gb; 0 where none fits."""
    assert shape.device_memory_gb is not None
    limit = USABLE * shape.device_memory_gb * GB

    def fits(rows):
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
    """The largest --train_batch_size in USABLE of device_memory_gb, or 0."""
    each = shape.task.rows_per_example if shape.task else 1
    at_once = largest_rows(shape) // each
    return at_once * shape.replicas * shape.accumulate_steps


def fitting_parts(shape: Shape) -> int | None:
    """The least --accumulate_steps with which it fits.

    None where one row is too much, or no device_memory_gb is given.
    """
    if shape.device_memory_gb is None:
        return None
    each = shape.task.rows_per_example if shape.task else 1
    largest = largest_rows(shape) // each
    examples = shape.train_batch_size // each // shape.replicas  # of a replica
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

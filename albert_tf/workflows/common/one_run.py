"""Locks a run's folder, and compares its settings between machines."""

import contextlib
from collections.abc import Iterator

import tensorflow as tf

from albert_tf.runs import environment
from albert_tf.training import distribution
from albert_tf.training import machines
from albert_tf.training import out_of_memory
from albert_tf.workflows.common import run_identity
from albert_tf.workflows.configs import training
from data_pipeline.io import folder_lock


@contextlib.contextmanager
def held(
    strategy: tf.distribute.Strategy,
    config: training.TrainingConfig,
    what: str,
) -> Iterator[None]:
    """Keeps other processes out of the run's folder while open.

    Args:
        strategy: the run's devices.
        config: the run's settings; `output_dir` is the folder.
        what: what this process does, such as "pretraining", for the messages of
            other processes.
    Raises:
        BlockingIOError: another process uses the folder.
        ValueError: the machines of the run have different settings or versions.
        distribution.MachineLost: another machine of this run is gone.
        OSError: this machine does not have enough memory.
    """
    try:
        with _alone(strategy, config, what):
            yield
    except distribution.LOST as error:
        if not distribution.can_lose_another(strategy):
            raise
        raise distribution.MachineLost(
            f"Lost another machine ({error!s:.200})."
        ) from error
    except MemoryError as error:
        raise out_of_memory.of_machine(error) from None


@contextlib.contextmanager
def _alone(
    strategy: tf.distribute.Strategy,
    config: training.TrainingConfig,
    what: str,
) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        with machines.together(strategy) as same:
            same |= run_identity.of_all_machines(config)
            same |= environment.versions()
            if distribution.is_chief(strategy):
                stack.enter_context(folder_lock.hold(config.run_dir, what))
        yield

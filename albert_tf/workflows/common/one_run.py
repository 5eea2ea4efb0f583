"""A training run: alone in its folder, with the same settings everywhere."""

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
    """Keeps other processes from the output folder while open.

    Args:
        strategy: where the run is.
        config: of the run; `output_dir` is the folder.
        what: what is done there, such as "pretraining", for other processes.
    Raises:
        BlockingIOError: another process holds the folder.
        ValueError: the machines of the run have other settings or versions.
        distribution.MachineLost: another machine of this run is gone.
        OSError: this machine has not enough memory.
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

"""A run of a training command: alone in its folder, alike on all machines."""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import NoReturn

import tensorflow as tf
from absl import logging

from albert_tf.runs import environment
from albert_tf.training import decisive_flags
from albert_tf.training import distribution
from albert_tf.training import machines
from albert_tf.training import out_of_memory
from albert_tf.training import stopping
from data_pipeline.io import folder_lock


@contextlib.contextmanager
def held(
    strategy: tf.distribute.Strategy, output_dir: str, what: str
) -> Iterator[None]:
    """Keeps other processes from --output_dir while open.

    Ends the process where the run was asked to stop. Where another machine of
    this run is lost, replaces it by a new one of the same command.

    Args:
        what: what is done there, such as "pretraining", for those others.
    Raises:
        BlockingIOError: another process holds the folder.
        ValueError: the machines of the run have other flags or versions.
    """
    try:
        with _alone(strategy, output_dir, what):
            yield
    except stopping.Stopped as message:
        logging.warning("%s", message)
        _leave(strategy)
    except distribution.LOST as error:
        if not distribution.can_lose_another(strategy):
            raise
        logging.warning(
            "Lost another machine (%.200s). Restarting from the last "
            "checkpoint, and waiting until all machines are back.",
            error,
        )
        # By now the folder is free for the new process.
        distribution.start_again()
    except MemoryError as error:
        raise out_of_memory.of_machine(error) from None


def _leave(strategy) -> NoReturn:
    """Ends the process, whose run was asked to stop and has saved."""
    if not distribution.has_several_machines(strategy):
        # All is written; collecting what TensorFlow made would take seconds,
        # which whoever asked may not wait.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(stopping.RESUME_EXIT_CODE)
    sys.exit(stopping.RESUME_EXIT_CODE)


@contextlib.contextmanager
def _alone(strategy, output_dir: str, what: str) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        with machines.together(strategy) as same:
            same |= {
                f"--{name}": value
                for name, value in decisive_flags.all_values().items()
                if name not in decisive_flags.OF_ONE_MACHINE
            }
            same |= environment.versions()
            if distribution.is_chief(strategy):
                stack.enter_context(folder_lock.hold(output_dir, what))
        yield

"""Lines of the log that are said once, though a file is opened repeatedly."""

import functools

from absl import logging


@functools.cache
def info(message: str) -> None:
    logging.info("%s", message)

"""Log messages that appear once, even if a file is opened repeatedly."""

import functools

from absl import logging


@functools.cache
def info(message: str) -> None:
    """Logs a message the first time that it is passed."""
    logging.info("%s", message)

"""Keeps what other libraries say out of the log."""

import contextlib
import logging
from collections.abc import Iterator
from collections.abc import Sequence


@contextlib.contextmanager
def loggers(names: Sequence[str], level: int) -> Iterator[None]:
    """Lets Python's loggers of these names say only what has this level."""
    found = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in found]
    for logger in found:
        logger.setLevel(level)
    try:
        yield
    finally:
        for logger, before in zip(found, levels, strict=True):
            logger.setLevel(before)

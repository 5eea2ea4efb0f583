"""Keeps TensorFlow's messages at its start off the screen.

Some of them read like errors, such as "failed call to cuInit" on a machine that
has no GPU. `TF_CPP_MIN_LOG_LEVEL=0` in the environment shows them all.
"""

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator

from data_pipeline.io import interrupts

_VARIABLE, _SILENT = "TF_CPP_MIN_LOG_LEVEL", "3"
# What TensorFlow prints before it has read the variable: a header, its
# messages of level INFO, and their further lines.
_NOISE = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog|I0000 |"
    rb"To enable the following instructions: "
)


@contextlib.contextmanager
def importing() -> Iterator[None]:
    """Silences TensorFlow, if it is imported in the block, and afterwards.

    TensorFlow writes to the descriptor of standard error, past Python. So the
    descriptor is another file in the meantime; what is not known to be noise is
    shown at the end of the block, whether or not the import fails.
    """
    if os.environ.setdefault(_VARIABLE, _SILENT) != _SILENT:
        yield
        return
    sys.stderr.flush()
    screen = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            # A signal's line is for the screen, too.
            with interrupts.at_end(lambda: os.dup2(screen, 2)):
                yield
        finally:
            sys.stderr.flush()
            os.dup2(screen, 2)
            os.close(screen)
            held.seek(0)
            for line in held:
                if not _NOISE.match(line):
                    os.write(2, line)

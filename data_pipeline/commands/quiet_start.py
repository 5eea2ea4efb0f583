"""Hides the messages that TensorFlow prints when it starts.

Some of them read like errors, such as "failed call to cuInit" on a machine
without a GPU. `TF_CPP_MIN_LOG_LEVEL=0` in the environment shows all of them.
"""

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator

from data_pipeline.io import interrupts

_VARIABLE, _SILENT = "TF_CPP_MIN_LOG_LEVEL", "3"
# Lines that TensorFlow prints before it reads the variable: a header, messages
# of level INFO, and their continuations.
_NOISE = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog|I0000 |"
    rb"To enable the following instructions: "
)


@contextlib.contextmanager
def importing() -> Iterator[None]:
    """Silences TensorFlow in the block in which it is imported, and afterwards.

    TensorFlow writes to the descriptor of standard error directly. In the
    block, this descriptor refers to a temporary file; lines that are not known
    noise are printed at the end of the block, even if the import fails.
    """
    if os.environ.setdefault(_VARIABLE, _SILENT) != _SILENT:
        yield
        return
    sys.stderr.flush()
    screen = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            # The message of a signal must reach the screen, too.
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

"""Minutes and lines of code, as the comparison of ways to the Hub has them."""

from benchmarks.front_door import __main__ as front_door
from benchmarks.front_door import steps

SOURCE = '''"""What the file
says."""

import os  # counts


def read(
    path,
):
    """Not code."""
    # Neither is this.

    return os.stat(path)
'''


def test_lines_of_code():
    assert steps.lines_of_code(SOURCE) == 5


def test_table():
    measured = {
        **{step: {"seconds": 30.4, "lines": 2} for step in front_door.STEPS},
        "accuracy": 0.81,
    }
    lines = front_door.table({"ours": measured, "other": measured}).splitlines()
    assert lines[0] == "| step | ours | other |"
    assert lines[2] == "| load_and_predict | 30 s, 2 lines | 30 s, 2 lines |"
    assert lines[-2] == "| total | 2.0 min, 8 lines | 2.0 min, 8 lines |"
    assert lines[-1] == "| accuracy | 0.8100 | 0.8100 |"

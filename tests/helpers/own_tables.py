"""Small tables of one's own, for the tests of their readers."""

import json

import pytest

from data_pipeline.tasks import row_problems
from data_pipeline.tasks.data import custom


def read(tmp_path, name, content, columns, on_bad_row="stop", labels=None):
    path = tmp_path / name
    path.write_text(content)
    found = row_problems.Problems(on_bad_row)
    return custom.read(str(path), found, columns, labels)


def json_rows(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def bad_row(tmp_path, row, columns, labels=None):
    """What is said of a row."""
    with pytest.raises(ValueError) as error:
        read(tmp_path, "a.jsonl", json_rows(row), columns, labels=labels)
    assert "a.jsonl, line 1: " in str(error.value)
    return str(error.value)

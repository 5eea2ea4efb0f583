"""Rooms of one job: how large folders and files may be, and where kinds are."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parent.parent.parent
FILES = [
    path
    for package in ("albert_tf", "data_pipeline")
    for path in (ROOT / package).rglob("*.py")
]
TESTS = [*(ROOT / "tests").rglob("*.py")]
KINDS = "classification|multilabel|regression|multiple_choice|tagging|span"
COMPARISON = re.compile(
    rf'(==|!=|\bin)\s*[\(\{{\[]?\s*"({KINDS})"'
    rf'|"({KINDS})"\s*(:|==|in\b)'
    rf'|case "({KINDS})"'
)


@pytest.mark.parametrize("folder", sorted({path.parent for path in FILES}))
def test_a_folder_has_at_most_16_files(folder):
    assert len(list(folder.glob("*.py"))) <= 16


def test_a_file_has_at_most_300_lines():
    long = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for path in (*FILES, *TESTS)
        if len(path.read_text().splitlines()) > 300
    }
    assert not long


def test_kinds_of_tasks_are_compared_in_their_rooms():
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in FILES
        if "kinds" not in path.parts
        for line in path.read_text().splitlines()
        if COMPARISON.search(line)
    ]
    assert len(found) <= 15, "\n".join(found)

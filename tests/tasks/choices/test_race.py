"""RACE in its official layout."""

import json

import pytest

from data_pipeline.tasks import row_problems
from data_pipeline.tasks.choices import race


@pytest.fixture
def passages(tmp_path):
    for level, number, answers in (
        ("high", 12, ["B", "D"]),
        ("middle", 3, "A"),
    ):
        folder = tmp_path / "dev" / level
        folder.mkdir(parents=True)
        passage = {
            "article": f"The {level} king sees the road.",
            "questions": ["The king sees _ .", "Who?"][: len(answers)],
            "options": [list("wxyz")] * len(answers),
            "answers": list(answers),
            "id": f"{level}{number}.txt",
        }
        (folder / f"{number}.txt").write_text(json.dumps(passage))
    return tmp_path


def test_race(passages):
    found = race.read(str(passages), "dev", row_problems.Problems())
    assert [example.id for example in found] == [
        "middle3-0",
        "high12-0",
        "high12-1",
    ]
    assert found[1].choices[1] == "The king sees x ."
    assert found[2].choices[3] == "Who? z"
    assert [example.label for example in found] == [0, 1, 3]
    assert [example.group for example in found] == ["middle", "high", "high"]
    (only,) = race.read(
        str(passages), "dev", row_problems.Problems(), level="middle"
    )
    assert only.id == "middle3-0"


@pytest.mark.parametrize(
    "change",
    [
        {"answers": ["B"]},
        {"answers": ["B", "AB"]},
        {"options": [list("wxyz"), list("xyz")]},
        {"options": [list("wxyz"), 4]},
        {"questions": 3},
        {"article": " "},
    ],
)
def test_bad_passages(passages, change):
    path = passages / "dev/high/12.txt"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(ValueError, match="12.txt"):
        race.read(str(passages), "dev", row_problems.Problems())
    found = race.read(str(passages), "dev", row_problems.Problems("skip"))
    assert found[0].id == "middle3-0" and None in found

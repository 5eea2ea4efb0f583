"""GLUE's tasks from files of another form than the official ones."""

import pytest

from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.data import split_files


@pytest.mark.parametrize(
    "name, content",
    [
        ("a.csv", 'sentence,label\n"fine, road",1\nbad,0\n'),
        ("a.csv", "label;sentence\n1;fine, road\n0;bad\n"),
        (
            "a.jsonl",
            '{"sentence": "fine, road", "label": 1, "id": "x"}\n'
            '{"sentence": "bad", "label": "0"}\n',
        ),
        (
            "a.json",
            '[{"sentence": "fine, road", "label": 1}, '
            '{"sentence": "bad", "label": 0}]',
        ),
    ],
)
def test_published_tasks_from_other_files(tmp_path, name, content):
    path = tmp_path / name
    path.write_text(content)
    source = splits.DataSource(files={"dev": str(path)})
    task = table.named("sst-2")
    found = split_files.read(task, "dev", source, labelled=True).examples
    assert [(e.texts, e.label) for e in found] == [
        (("fine, road",), "1"),
        (("bad",), "0"),
    ]


@pytest.mark.parametrize(
    "row, finding",
    [
        ('{"label": 1}', "Each text must be a non-empty string"),
        ('{"sentence": 3, "label": 1}', "Each text must be a non-empty string"),
        ('{"sentence": "a"}', "A label must be one of 0, 1"),
        ('{"sentence": "a", "label": null}', "A label must be one of 0, 1"),
        ('{"sentence": "a", "label": [1]}', "A label must be one of 0, 1"),
    ],
)
def test_objects_of_published_tasks_that_lack_something(tmp_path, row, finding):
    path = tmp_path / "a.jsonl"
    path.write_text('{"sentence": "fine", "label": 1}\n' + row + "\n")
    source = splits.DataSource(files={"dev": str(path)})
    with pytest.raises(ValueError, match=f"line 2: {finding}"):
        split_files.read(table.named("sst-2"), "dev", source, labelled=True)

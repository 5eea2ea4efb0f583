"""Parquet and Arrow files, and folders that `datasets` saved."""

import datetime
import json
import pathlib
import sys

import pytest

from data_pipeline.tasks import file_columns
from data_pipeline.tasks import row_problems
from data_pipeline.tasks.data import custom
from data_pipeline.tasks.readers import arrow_rows
from data_pipeline.tasks.readers import tables

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

CLASSES = {"names": ["neg", "pos"], "_type": "ClassLabel"}
TAGS = {"names": ["O", "B-X"], "_type": "ClassLabel"}
FEATURES = {
    "text": {"dtype": "string", "_type": "Value"},
    "label": CLASSES,
    "tags": {"feature": TAGS, "_type": "List"},
    "old": [TAGS],
}
DATA = {
    "text": ["a", "b", "c"],
    "label": [0, 1, -1],
    "words": [["a"], ["b", "c"], []],
    "tags": [[1], [0, 1], []],
    "old": [[1], [0, 0], []],
    "score": [1.0, None, float("nan")],
    "kind": pyarrow.array(["x", "y", "x"]).dictionary_encode(),
    "at": [datetime.datetime(2026, 1, 1)] * 3,
    "raw": [b"a", b"b", b"c"],
}


def write(path, form, data=DATA, features=FEATURES):
    """Writes a table; returns its path. datasets: as save_to_disk does."""
    data = pyarrow.table(data)
    if form == "datasets":
        path.mkdir(parents=True)
        names = []
        for number in range(2):
            names.append(f"data-{number:05d}-of-00002.arrow")
            part = data.slice(2 * number, 2)
            with pyarrow.ipc.new_stream(path / names[-1], part.schema) as file:
                file.write_table(part)
        shards = [{"filename": name} for name in names]
        (path / "state.json").write_text(json.dumps({"_data_files": shards}))
        info = json.dumps({"features": features})
        (path / "dataset_info.json").write_text(info)
        return str(path)
    if features:
        info = json.dumps({"info": {"features": features}})
        data = data.replace_schema_metadata({"huggingface": info})
    if form == "parquet":
        parquet.write_table(data, path, row_group_size=2)
    else:
        make = {"file": "new_file", "stream": "new_stream"}[form]
        with getattr(pyarrow.ipc, make)(path, data.schema) as file:
            file.write_table(data, max_chunksize=2)
    return str(path)


FORMS = [
    ("parquet", "a.parquet"),
    ("parquet", "a"),
    ("file", "a.arrow"),
    ("file", "a.feather"),
    ("stream", "a.arrow"),
    ("datasets", "a"),
]


def read(path, kind="classification", on_bad_row="stop", **columns):
    found = row_problems.Problems(on_bad_row)
    return custom.read(path, found, file_columns.Columns(kind, **columns))


@pytest.mark.parametrize("form, name", FORMS)
def test_all_kinds_of_files(tmp_path, monkeypatch, form, name):
    monkeypatch.setattr(arrow_rows, "_ROWS", 1)
    path = write(tmp_path / name, form)
    names = ["text", "label", "tags", "old", "kind"]
    found = list(tables.rows(path, row_problems.Problems(), names))
    assert [place for place, _ in found] == [
        f"row {number} (from 0)" for number in range(3)
    ]
    assert [tuple(row[name] for name in names) for _, row in found] == [
        ("a", "neg", ["B-X"], ["B-X"], "x"),
        ("b", "pos", ["O", "B-X"], ["O", "O"], "y"),
        ("c", None, [], [], "x"),
    ]


@pytest.mark.parametrize("form, name", [FORMS[0], FORMS[-1]])
def test_examples(tmp_path, form, name):
    path = write(tmp_path / name, form)
    with pytest.raises(
        ValueError, match=r"row 2 \(from 0\): .*this one is missing"
    ):
        read(path)
    found = read(path, on_bad_row="skip")
    assert [e and e.label for e in found] == ["neg", "pos", None]
    assert [e.id for e in read(path, labelled=False)] == ["0", "1", "2"]
    tagged = read(path, "tagging", "skip")
    assert tagged[1].words == ("b", "c") and tagged[1].tags == ("O", "B-X")
    assert tagged[1].line == "row 1 (from 0)" and tagged[2] is None
    scores = read(path, "regression", "skip", label="score")
    assert [e and e.label for e in scores] == [1.0, None, None]
    sets = read(path, "multilabel", label="tags")
    assert [e.label for e in sets] == [("B-X",), ("O", "B-X"), ()]


def test_numbers_stay_where_nothing_names_them(tmp_path):
    path = write(tmp_path / "a.parquet", "parquet", features=None)
    assert [e.label for e in read(path)] == ["0", "1", "-1"]
    with pytest.raises(ValueError, match="'label' must have names.*: 2"):
        data = {"text": ["a", "b"], "label": [1, 2]}
        read(write(tmp_path / "b.parquet", "parquet", data))


@pytest.mark.parametrize(
    "column, finding",
    [
        ("at", "must hold texts.*timestamp"),
        ("raw", "must hold texts.*binary"),
        ("Text", "missing: Text. Did you mean 'text'"),
    ],
)
@pytest.mark.parametrize("form, name", [FORMS[0], FORMS[2], FORMS[-1]])
def test_columns_that_cannot_be_read(tmp_path, form, name, column, finding):
    path = write(tmp_path / name, form)
    with pytest.raises(ValueError, match=finding) as error:
        read(path, text=column)
    assert "--noheader" not in str(error.value)


def test_damaged_files(tmp_path):
    for form, name in FORMS[:3] + FORMS[4:5]:
        path = tmp_path / name
        write(path, form)
        path.write_bytes(path.read_bytes()[:-300])
        with pytest.raises(ValueError, match=f"must be complete.*{name}"):
            read(str(path))
        damaged = write(tmp_path / f"other{name}", form)
        content = pathlib.Path(damaged).read_bytes()
        for place in range(8, len(content), len(content) // 20):
            changed = content[:place] + b"\xff" * 40 + content[place + 40 :]
            pathlib.Path(damaged).write_bytes(changed)
            try:
                read(damaged, on_bad_row="skip")
            except ValueError as error:
                assert name in str(error)


def test_splits_are_named(tmp_path):
    write(tmp_path / "all/train", "datasets")
    write(tmp_path / "all/test", "datasets")
    (tmp_path / "all/dataset_dict.json").write_text(
        '{"splits": ["train", "test"]}'
    )
    with pytest.raises(ValueError, match=r"\['train', 'test'\].*all/train"):
        read(str(tmp_path / "all"))
    assert len(read(f"{tmp_path}/all/test/", labelled=False)) == 3


@pytest.mark.parametrize(
    "name, content, finding",
    [
        ("state.json", "[1]", "must hold one JSON object"),
        ("state.json", "[" * 100_000, "must hold one JSON object"),
        ("state.json", "{}", "must name the Arrow files"),
        ("state.json", '{"_data_files": 3}', "must name the Arrow files"),
        (
            "state.json",
            '{"_data_files": [{"filename": "../b.arrow"}]}',
            "must name the Arrow files",
        ),
        (
            "state.json",
            '{"_indices_data_files": [{"filename": "i.arrow"}]}',
            "flatten_indices",
        ),
        ("dataset_info.json", "{", "must hold one JSON object"),
        ("dataset_dict.json", "3", "must hold one JSON object"),
    ],
)
def test_folders_with_something_wrong(tmp_path, name, content, finding):
    path = write(tmp_path / "a", "datasets")
    (tmp_path / "a" / name).write_text(content)
    with pytest.raises(
        ValueError, match=f"{name}.*{finding}|{finding}.*{name}"
    ):
        read(path)


@pytest.mark.parametrize("features", [3, None, {"label": 3}, {"label": [3]}])
def test_features_of_another_kind_name_nothing(tmp_path, features):
    path = write(tmp_path / "a", "datasets", features=features)
    assert [e.label for e in read(path)] == ["0", "1", "-1"]


def test_without_pyarrow_the_extra_is_named(tmp_path, monkeypatch):
    path = write(tmp_path / "a.parquet", "parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r"albert_tf\[data\]"):
        read(path)


@pytest.mark.interop
def test_what_datasets_writes(tmp_path):
    datasets = pytest.importorskip("datasets")
    features = datasets.Features(
        {
            "text": datasets.Value("string"),
            "label": datasets.ClassLabel(names=["neg", "pos"]),
        }
    )
    made = datasets.Dataset.from_dict(
        {"text": ["a", "b"], "label": [1, 0]}, features=features
    )
    made.select([1, 0]).save_to_disk(str(tmp_path / "a"))
    datasets.DatasetDict(dev=made).save_to_disk(str(tmp_path / "b"))
    made.to_parquet(str(tmp_path / "c.parquet"))
    for name, labels in (
        ("a", ["neg", "pos"]),
        ("b/dev", ["pos", "neg"]),
        ("c.parquet", ["pos", "neg"]),
    ):
        assert [e.label for e in read(str(tmp_path / name))] == labels

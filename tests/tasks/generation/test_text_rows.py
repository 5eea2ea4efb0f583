"""Texts to read and to write, from files of several layouts."""

import json

import pytest

from data_pipeline.tasks import kinds
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits
from data_pipeline.tasks.configs import task_config
from data_pipeline.tasks.data import from_config
from data_pipeline.tasks.data import labels_where_known
from data_pipeline.tasks.data import split_files
from data_pipeline.tasks.generation import prediction_files


def read(path, name="train", **columns):
    """The examples of a file, by the settings of a run."""
    config = task_config.TaskConfig(
        task_name="custom",
        task_type="generation",
        **{splits.flag_of(name): str(path)},
        **columns,
    )
    (task,) = from_config.tasks(config)
    source = from_config.source(config, task)
    return split_files.read(task, name, source, labelled=True)


def pairs(split):
    return [(e.text, e.references) for e in split.examples if e is not None]


def test_a_file_without_a_header_as_manythings_has_it(tmp_path):
    path = tmp_path / "fra.tsv"
    path.write_text('Go.\tVa !\tCC-BY 2.0\nHi.\tSalut "toi".\tCC-BY 2.0\n')
    split = read(path, header=False, text_column="0", target_column="1")
    assert pairs(split) == [("Go.", ("Va !",)), ("Hi.", ('Salut "toi".',))]


def test_lists_are_sentences_and_several_right_texts(tmp_path, caplog):
    path = tmp_path / "papers.jsonl"
    row = {"source": ["One.", "Two."], "target": ["A.", "B."]}
    path.write_text(json.dumps(row) + "\n")
    with caplog.at_level("INFO", "absl"):
        split = read(path, text_column="source")
    assert pairs(split) == [("One. Two.", ("A.", "B."))]
    assert "joined to texts by spaces" in caplog.text


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ("text,target\na,b\nc, \n", "'target' must hold a non-empty text"),
        ("text,target\na,b\n,d\n", "'text' must hold a non-empty text"),
    ],
)
def test_an_empty_text_is_named_with_its_line(tmp_path, rows, rule):
    path = tmp_path / "pairs.csv"
    path.write_text(rows)
    with pytest.raises(ValueError, match=rule) as error:
        read(path)
    assert f"{path}, line 3" in str(error.value)
    skipped = read(path, on_bad_row="skip")
    assert skipped.examples[1] is None and pairs(skipped) == [("a", ("b",))]


@pytest.mark.parametrize("target", [[], ["a", ""], ["a", 1]])
def test_each_text_of_a_list_must_be_one(tmp_path, target):
    path = tmp_path / "pairs.jsonl"
    path.write_text(json.dumps({"text": "x", "target": target}) + "\n")
    with pytest.raises(ValueError, match="or a list of such texts"):
        read(path)


def test_a_column_cannot_be_both():
    with pytest.raises(ValueError, match="must be two columns"):
        read("missing.csv", target_column="text")


def test_lines_of_text_can_be_predicted(tmp_path):
    path = tmp_path / "new.txt"
    path.write_text("One.\n\nTwo, three.\n")
    config = task_config.TaskConfig(
        task_name="custom", task_type="generation", predict_file=str(path)
    )
    (task,) = from_config.tasks(config)
    source = from_config.source(config, task)
    split = labels_where_known.read(
        task, "test", source, labels=(), scheme=None
    )
    assert [e.text for e in split.examples] == ["One.", "Two, three."]
    assert all(e.references is None for e in split.examples)


def test_files_of_predictions_are_read_back(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text("text,target\na,b\nc,d\n")
    split = read(path, "dev")
    written = prediction_files.write(str(tmp_path), split, ['x "y"', "z"])
    assert [name.rpartition(".")[2] for name in written] == ["txt", "jsonl"]
    for name in written:
        problems = row_problems.Problems()
        found = prediction_files.read(name, split, problems)
        assert found == ['x "y"', "z"]
    (tmp_path / "short.txt").write_text("x\n")
    with pytest.raises(ValueError, match="a line for each row"):
        prediction_files.read(str(tmp_path / "short.txt"), split, problems)
    missing = tmp_path / "missing.jsonl"
    missing.write_text('{"index": "1", "prediction": "d"}\n')
    task = kinds.custom_task("generation")
    score = kinds.of(task).score_file
    found = score(task, split, str(missing), None, problems, "|")
    assert found["missing"] == 1 and found["rouge1"] == 50
    other = tmp_path / "other.jsonl"
    other.write_text('{"index": "7", "prediction": "d"}\n')
    with pytest.raises(ValueError, match="must be one in"):
        score(task, split, str(other), None, problems, "|")


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "columns", "count"),
    [
        ("tatoeba/en-zh/dev.tsv", ("0", "1"), 1707),
        ("summarization/scitldr/dev.jsonl", ("source", "target"), 260),
        ("summarization/dialogsum/dev.jsonl", ("dialogue", "summary"), 500),
    ],
)
def test_published_files(shared, file, columns, count):
    text, target = columns
    split = read(
        shared / "data" / file,
        header=not text.isdecimal(),
        text_column=text,
        target_column=target,
    )
    assert len(pairs(split)) == count

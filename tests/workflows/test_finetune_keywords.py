"""albert_tf.finetune with keywords: data in memory, columns and defaults."""

import json
import os
import pathlib

import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf.workflows.keywords import finetune as keywords

ROWS = [
    {"review": f"the {word} {n}", "stars": n % 2}
    for n, word in enumerate(["cat", "king"] * 6)
]
NAMES = {"text": "review", "label": "stars"}


@pytest.fixture(autouse=True)
def in_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def config_of(train=None, evaluation=None, text=None, label=None, **settings):
    return keywords.config_of(train, evaluation, text, label, settings)


def rows_of(path):
    return [json.loads(line) for line in open(path)]


def test_data_in_memory_becomes_files_of_the_run(capsys):
    config = config_of(ROWS, ROWS[:3], **NAMES, init_checkpoint="a/base")
    assert capsys.readouterr().out == f"The run is in {config.output_dir}.\n"
    assert config.output_dir.startswith("finetuned/base-")
    assert rows_of(config.train_file) == ROWS
    assert rows_of(config.eval_file) == ROWS[:3]
    folder = pathlib.Path(config.output_dir, "given_data")
    assert pathlib.Path(config.train_file).parent == folder
    assert config.do_train and config.do_eval and not config.do_predict
    assert (config.task_name, config.task_type) == (
        ("custom",),
        "classification",
    )
    assert (config.text_column, config.label_column) == ("review", "stars")
    # The same call goes on with the same run; other data is another one.
    assert (
        config_of(ROWS, ROWS[:3], **NAMES, init_checkpoint="a/base") == config
    )
    other = config_of(ROWS[1:], ROWS[:3], **NAMES, init_checkpoint="a/base")
    assert other.output_dir != config.output_dir


@pytest.mark.parametrize("batch", [None, 5])
def test_datasets_of_dicts_and_of_tuples(batch):
    columns = {name: [row[name] for row in ROWS] for name in ROWS[0]}
    for given in (columns, (columns["review"], columns["stars"])):
        data = tf.data.Dataset.from_tensor_slices(given)
        data = data if batch is None else data.batch(batch)
        config = config_of(data, **NAMES, output_dir="run")
        assert rows_of(config.train_file) == ROWS
    assert not config.do_eval and len(os.listdir("run/given_data")) == 1


def test_generators_and_values_of_numpy():
    rows = (
        {"words": np.array(["a", "b"]), "tags": (b"O", "B-X"), "n": np.int64(3)}
        for _ in range(2)
    )
    config = config_of(rows, task_name="custom", task_type="tagging")
    row = {"words": ["a", "b"], "tags": ["O", "B-X"], "n": 3}
    assert rows_of(config.train_file) == [row] * 2


def test_frames():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(ROWS)
    frame["missing"] = pandas.array([None] * len(ROWS), "Int64")
    config = config_of(frame, **NAMES)
    assert rows_of(config.train_file) == [{**r, "missing": None} for r in ROWS]


def test_paths_stay_where_they_are(tmp_path):
    path = tmp_path / "train.csv"
    config = config_of(path, "dev.csv", **NAMES, output_dir="run")
    assert (config.train_file, config.eval_file) == (str(path), "dev.csv")
    assert not os.path.exists("run")


@pytest.mark.parametrize(
    "kind, text, label, expected",
    [
        ("regression", ("a", "b"), "c", "text text_pair label"),
        ("multilabel", "a", "c", "text label"),
        ("tagging", "a", "c", "words tags"),
        ("span", ("a", "b"), "c", "question context answer"),
        ("multiple_choice", "a", "c", "context label"),
    ],
)
def test_columns_of_every_kind(kind, text, label, expected):
    config = config_of(
        "train.csv",
        text=text,
        label=label,
        task_name="custom",
        task_type=kind,
        output_dir="run",
    )
    names = [*text, label]
    found = [getattr(config, f"{role}_column") for role in expected.split()]
    assert found == names


@pytest.mark.parametrize(
    "settings",
    [{"eval_fraction": 0.1}, {"task_name": "cola", "data_dir": "glue"}],
)
def test_evaluation_is_on_where_there_is_data_for_it(settings):
    config = config_of("train.csv", **settings, output_dir="run")
    assert config.do_train and config.do_eval
    off = config_of("a.csv", **settings, output_dir="run", do_eval=False)
    assert not off.do_eval


def test_several_labels_in_columns():
    config = config_of(
        "train.csv",
        text="a",
        label=("x", "y"),
        task_name="custom",
        task_type="multilabel",
        output_dir="run",
    )
    assert config.label_columns == ("x", "y")


CONFIG = albert_tf.FinetuneConfig()


@pytest.mark.parametrize(
    "given, message",
    [
        ({"train": ROWS, "text": "reviw"}, "Did you mean 'review' by 'reviw'"),
        (
            {"train": "a.csv", "train_steps": 3},
            "steps. Near it: train_step",
        ),
        ({"train": "a.csv", "train_file": "b"}, "train and train_file. Leave"),
        ({"train": {"review": ["a"]}}, "Data must be the path .* dict"),
        ({"train": [1]}, "must be a dict with the columns text, label"),
        ({"train": []}, "Received: no rows"),
        ({"train": 5}, "Data must be the path of a file, .* Received: int"),
        (
            {"train": "a.csv", "text": ("a", "b", "c")},
            "for text_column",
        ),
        (
            {"train": ROWS, "task_name": "cola"},
            "must be of your own",
        ),
        ({"train": "a", "text": "b", "task_name": "cola"}, "data of your own"),
        ({"config": CONFIG, "train": ROWS}, "a config and train"),
        ({"config": CONFIG, "output_dir": "x"}, "a config and output_dir"),
        (
            {"train": tf.data.Dataset.range(3)},
            "tuple of them. Received: TensorSpec",
        ),
    ],
)
def test_mistakes_are_explained(given, message):
    with pytest.raises(ValueError, match=message):
        albert_tf.finetune(**given)
    assert not os.path.exists("finetuned")


@pytest.mark.slow
def test_three_lines_from_rows_to_answers(trained, capsys):
    def run():
        return albert_tf.finetune(
            train=ROWS,
            eval=ROWS[:4],
            **NAMES,
            init_checkpoint=trained("pretraining"),
            train_step=2,
            strategy="one_device",
        )

    result = run()
    assert result.metrics["rows"] == 4
    (details,) = result.evaluation.details
    assert details.metrics["accuracy"] == result.metrics["accuracy"]
    assert details.baselines["accuracy"] == 0.5
    names, counts = details.confusion
    assert names == ["0", "1"] and sum(map(sum, counts)) == 4
    assert len(details.errors) == details.num_errors
    assert capsys.readouterr().out == f"The run is in {result.output_dir}.\n"
    predictor = result.predictor(top_k=1)
    assert predictor.labels == ("0", "1")
    assert predictor("the cat 0")["labels"] in (["0"], ["1"])
    assert run().metrics == result.metrics  # the same run, resumed
    assert os.listdir("finetuned") == [os.path.basename(result.output_dir)]


@pytest.mark.slow
def test_from_a_model_for_other_classes(trained, caplog):
    frame = [{"review": f"the {n} cat", "stars": n % 4} for n in range(12)]
    with caplog.at_level("WARNING"):
        result = albert_tf.finetune(
            train=frame,
            eval=frame,
            **NAMES,
            init_checkpoint=trained("classification"),
            train_step=2,
            strategy="one_device",
        )
    assert "has no classifier that fits" in caplog.text
    assert result.predictor()("the cat")["labels"] == ["0", "1", "2", "3"]

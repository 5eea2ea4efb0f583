"""albert-tf evaluate and albert-tf predict, and evaluations under names."""

import io
import json
import types

import commands
import pytest

import albert_tf


def write(path, rows):
    lines = [f"{text};{label};x\n" for text, label in rows]
    path.write_text("review;stars;more\n" + "".join(lines))
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory, sizes):
    folder = tmp_path_factory.mktemp("data")
    rows = [
        (f"the {word} {n}", "ab"[n % 2])
        for n, word in enumerate(["cat", "king"] * 20)
    ]
    write(folder / "train.csv", rows)
    write(folder / "dev.csv", rows[:7])
    write(folder / "other.csv", rows[7:12])
    config = {**sizes, "initializer_range": 0.1}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


@pytest.fixture(scope="module")
def finetune(data, vocabulary):
    def run(output_dir, *switches, **flags):
        flags = {
            "task_name": "custom",
            "task_type": "classification",
            "train_file": data / "train.csv",
            "text_column": "review",
            "label_column": "stars",
            "albert_config_file": data / "config.json",
            "spm_model_file": vocabulary,
            "max_seq_length": 16,
            "train_batch_size": 8,
            "learning_rate": 0.001,
            "train_step": 2,
            "strategy": "one_device",
            **flags,
        }
        return commands.run(
            "albert-tf finetune",
            "do_train",
            *switches,
            output_dir=output_dir,
            **{k: v for k, v in flags.items() if v is not None},
        )

    return run


@pytest.fixture(scope="module")
def trained(finetune, tmp_path_factory):
    """A run whose evaluation is on a fifth of its training rows."""
    folder = tmp_path_factory.mktemp("trained") / "run"
    assert finetune(folder, "do_eval", eval_fraction=0.2) is None
    return folder


def read(path):
    return json.loads(path.read_text())


def test_training_remembers_what_its_data_is(trained, data):
    kept = read(trained / "task.json")["flags"]
    assert kept == {
        "task_name": ["custom"],
        "task_type": "classification",
        "text_column": "review",
        "label_column": "stars",
        "train_file": str(data / "train.csv"),
        "eval_fraction": 0.2,
    }
    # What is copied elsewhere says nothing of this machine.
    assert str(data) not in (trained / "best/task.json").read_text()
    assert read(trained / "run.json")["eval_fraction"] == 0.2  # decisive


def test_results_say_what_they_are_of(trained):
    found = read(trained / "evaluation.json")
    assert found["results"] == read(trained / "eval_results.json")
    assert found["checkpoint"].startswith("best/ckpt-")
    (part,) = found["data"]["custom"]
    assert part["file"] == "train.csv" and part["part"] == "held_out"
    assert 0 < part["rows"] < 40 and part["skipped"] == 0
    assert len(part["sha256"]) == len(found["weights"]) == 16


def test_every_evaluation_has_a_name(trained, data, capsys):
    before = (trained / "eval_results.json").read_bytes()
    for name in ("dev.csv", "other.csv", "dev.csv"):
        message = commands.run(
            "albert-tf evaluate", words=[trained, data / name]
        )
        assert message is None
        assert "accuracy" in capsys.readouterr().out
    folders = sorted((trained / "evaluations").iterdir())
    assert [folder.name.split("_")[1] for folder in folders] == ["dev", "other"]
    assert all(folder.name.startswith("best-ckpt-") for folder in folders)
    found = read(folders[0] / "evaluation.json")
    assert found["data"]["custom"][0]["rows"] == 7
    assert (trained / "eval_results.json").read_bytes() == before
    assert (folders[0] / "dev_predictions.tsv").exists()


def test_evaluation_of_a_run_alone_is_that_of_training(trained):
    assert commands.run("albert-tf evaluate", words=[trained]) is None
    (folder,) = trained.glob("evaluations/*train-held-out*")
    again, own = (read(x / "evaluation.json") for x in (folder, trained))
    for name in ("data", "weights", "results"):
        assert again[name] == own[name]


def test_the_old_flags_need_no_more(trained, data):
    before = (trained / "eval_results.json").read_bytes()
    message = commands.run(
        "run_classifier.py",
        "do_eval",
        output_dir=trained,
        eval_file=data / "other.csv",
    )
    assert message is None
    assert (trained / "eval_results.json").read_bytes() == before
    assert len(list(trained.glob("evaluations/*_other_*"))) == 1


def test_a_file_is_predicted(trained, data, capsys):
    message = commands.run(
        "albert-tf predict", words=[trained, data / "dev.csv"]
    )
    assert message is None
    (path,) = (trained / "predictions").glob("best-ckpt-*_dev_*.jsonl")
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(rows) == 7
    assert rows[0]["text"] == "the cat 0" and rows[0]["label"] == "a"
    assert rows[0]["prediction"] in "ab" and 0.5 <= rows[0]["probability"] <= 1
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].split() == ["text", "prediction", "probability", "label"]
    assert shown[-2] == "... and 4 more" and shown[-1] == f"Predictions: {path}"


def test_texts_are_predicted(trained, data, capsys, monkeypatch, tmp_path):
    predict = "albert-tf predict"
    texts = ["the cat", "the king"]
    assert commands.run(predict, words=[trained], text=texts) is None
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) == 3 and shown[1].startswith("the cat  ")
    stdin = types.SimpleNamespace(buffer=io.BytesIO(b"the cat\nthe king\n"))
    monkeypatch.setattr("sys.stdin", stdin)
    output = tmp_path / "o.csv"
    message = commands.run(predict, words=[trained, "-"], output=output)
    assert message is None
    assert output.read_text().splitlines()[0] == (
        "index,text,prediction,probability"
    )
    message = commands.run(predict, words=[trained, "-"], output=output)
    assert "Nothing is overwritten" in message


@pytest.mark.parametrize(
    "flags, said",
    [
        ({"text": " "}, "Each --text must be a non-empty string"),
        ({"question": "who?"}, "must be given --text"),
        ({"text": "a", "text_b": "b"}, "must be given --text"),
        ({"text": "a", "output": "o.txt"}, "--output must end in"),
        ({}, "There must be data to predict for custom"),
        ({"words": ["nowhere.csv"]}, "--predict_file must name an exist"),
        ({"words": ["a.csv"], "text": "a"}, "Either a file or --text must be"),
    ],
)
def test_mistakes_of_prediction(trained, flags, said):
    flags = {"words": [], **flags}
    flags["words"] = [trained, *flags["words"]]
    message = commands.run("albert-tf predict", **flags)
    assert said in message and "Received" in message


def test_predictions_of_another_file_go_elsewhere(trained, data, capsys):
    for name in ("dev.csv", "other.csv", "dev.csv"):
        message = commands.run(
            "albert-tf finetune",
            "do_predict",
            output_dir=trained,
            predict_file=data / name,
        )
        assert message is None
    lines = (trained / "test_predictions.tsv").read_text().splitlines()
    assert len(lines) == 8
    (other,) = trained.glob("predictions/*_other_*/test_predictions.tsv")
    assert len(other.read_text().splitlines()) == 6
    said = capsys.readouterr().out.splitlines()
    assert said == [
        f"Predictions: {folder}" for folder in (trained, other.parent, trained)
    ]


@pytest.mark.parametrize(
    "flags, words",
    [
        ({}, "Name a file, or hold out a tenth of the training rows with"),
        ({"eval_file": "nowhere.csv"}, "--eval_file must name an exist"),
        ({"eval_file": "columns.csv"}, "missing: review"),
        ({"eval_file": "labels.csv"}, "A label must be one of 'a', 'b'"),
        ({"eval_fraction": 1.5}, "--eval_fraction must be above 0 and below 1"),
        (
            {"eval_fraction": 0.5, "eval_file": "train.csv"},
            "Only one of --eval_file and --eval_fraction",
        ),
        (
            {"eval_fraction": 0.5, "predict_file": "nowhere.csv"},
            "--predict_file must name an exist",
        ),
        (
            {"eval_fraction": 0.5, "predict_file": "columns.csv"},
            "missing: review",
        ),
        (
            {"task_name": "sst-2", "task_type": None, "data_dir": "."},
            "without dev",
        ),
    ],
)
def test_what_is_missing_is_found_before_training(
    finetune, data, tmp_path, monkeypatch, flags, words
):
    monkeypatch.chdir(tmp_path)
    write(
        tmp_path / "train.csv",
        [(f"the cat {n}", "ab"[n % 2]) for n in range(20)],
    )
    (tmp_path / "columns.csv").write_text("text,stars\nthe cat,a\n")
    write(tmp_path / "labels.csv", [("the cat", "c")])
    flags = {"train_file": "train.csv", **flags}
    switches = ["do_eval", *(["do_predict"] if "predict_file" in flags else [])]
    message = finetune("run", *switches, **flags)
    assert words in message and "Received" in message
    assert not list(tmp_path.glob("run/*"))


def test_the_output_is_looked_at_first(trained, data, tmp_path):
    (tmp_path / "file").write_text("in the way")
    flags = {"output_dir": tmp_path / "file/run"}
    for command, switches, words in (
        ("albert-tf finetune", ["do_eval"], []),
        ("albert-tf evaluate", [], [trained, data / "dev.csv"]),
    ):
        message = commands.run(command, *switches, words=words, **flags)
        assert "must be in a place that can be written to" in message


@pytest.mark.parametrize(
    "flags",
    [[], {"header": 3}, {"label_columns": [1]}, {"task_type": "x"}],
)
def test_damaged_flags_are_one_error(trained, tmp_path, flags):
    content = read(trained / "best/task.json")
    (tmp_path / "task.json").write_text(json.dumps({**content, "flags": flags}))
    message = commands.run(
        "albert-tf predict", words=[tmp_path], text="the cat"
    )
    assert f'"flags" in {tmp_path}/task.json must hold' in message


def test_details_are_those_of_one_evaluation(trained, data):
    """Not of others that lie deeper in the run's folder."""
    files = {"dev.csv": str(data / "dev.csv"), "train.csv": None}
    for name, file in files.items():
        config = albert_tf.EvaluateConfig(checkpoint=str(trained), file=file)
        (details,) = albert_tf.evaluate(config).details
        assert details.data == name


def test_a_report_compares_with_the_runs_training_data(trained, data, tmp_path):
    config = albert_tf.EvaluateConfig(
        checkpoint=str(trained),
        file=str(data / "other.csv"),
        group_columns=("more",),
        output_dir=str(tmp_path),
    )
    result = albert_tf.evaluate(config)
    (found,) = result.details
    assert found.report["training"]["file"] == "train.csv"
    assert found.report["groups"][0]["groups"][0]["name"] == "x"
    assert found.errors[0]["mattered"].endswith("%")
    with open(result.page) as page:
        assert found.report["verdict"] in page.read()

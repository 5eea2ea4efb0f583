"""The doctor of fine-tuning: broken runs of each kind, all at once."""

import json

import commands
import pytest

import albert_tf
from albert_tf import config as config_lib
from albert_tf.doctor import task_data
from albert_tf.doctor import task_recipe
from albert_tf.optimization import recipes
from albert_tf.runs import run_folder
from data_pipeline.commands import command_line


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """A command collects its garbage at its end, which takes long here."""
    monkeypatch.setattr(command_line.gc, "collect", lambda: 0)


@pytest.fixture
def doctor(capsys, tmp_path, sizes, vocabulary):
    """Runs it on data of two classes; its code, and the findings by flag."""
    (tmp_path / "config.json").write_text(json.dumps(sizes))
    rows = [f"the cat sees a house {n},{n % 2}" for n in range(40)]
    write(tmp_path / "train.csv", rows)
    write(tmp_path / "dev.csv", rows)

    def run(*switches, **changed):
        given = {
            "task_name": "custom",
            "task_type": "classification",
            "train_file": tmp_path / "train.csv",
            "eval_file": tmp_path / "dev.csv",
            "albert_config_file": tmp_path / "config.json",
            "spm_model_file": vocabulary,
            "max_seq_length": 32,
            "output_dir": tmp_path / "run",
            **changed,
        }
        given = {key: value for key, value in given.items() if value}
        code = commands.run_line(
            [
                "albert-tf",
                "doctor",
                "finetune",
                *(f"--{name}" for name in switches or ["do_train"]),
                *(f"--{name}={value}" for name, value in given.items()),
            ]
        )
        return code, capsys.readouterr().out

    return run


def write(path, rows, header="text,label"):
    path.write_text("\n".join([header, *rows]) + "\n")


def errors(text):
    assert text.startswith("Errors"), text
    return " ".join(text.split("\n\n")[0].split())


def test_a_run_that_may_start(doctor, tmp_path):
    code, text = doctor("do_train", "do_eval")
    assert code == 0 and "errors: 0" in text, text
    words = " ".join(text.split())
    assert "2 classes: '0' 20, '1' 20" in words
    assert "40 of 40 examples" in words  # of dev.csv are in train.csv
    assert "40 examples" in words and "A new run starts in" in words
    assert "A step takes about" in words
    assert not (tmp_path / "run").exists()


def test_all_that_is_wrong_at_once(doctor, tmp_path, vocabulary):
    rows = [f"the cat sees a house {n},{n % 2}" for n in range(40)]
    write(tmp_path / "train.csv", [*rows, ",1", "the dog,", "  ,0"])
    write(tmp_path / "dev.csv", [*rows, "the king crosses,other"])
    code, text = doctor(
        "do_train",
        "do_eval",
        "do_predict",
        max_seq_length=65,
        learning_rate=0.9,
        train_step=9,
        num_train_epochs=2,
        eval_batch_size=3,
        strategy="mirrored",
        labels="a,b",
    )
    assert code == 1
    found = errors(text)
    for part in (
        "--labels must be left out of training",
        "Only one of --train_step and --num_train_epochs",
        "--train_file 3 of 43 rows of",
        "--eval_file 1 of 41 rows of",
        "'other'",
        "--max_seq_length=65, and 64 positions",
        "--eval_batch_size is the global batch size",
        "--do_predict must have data to predict",
    ):
        assert part in found, (part, text)
    assert "0.9; the recipe's is 0.0003" in " ".join(text.split())


def test_a_folder_of_another_run(doctor, tmp_path):
    run_folder.claim(str(tmp_path / "run"), {"batch_size": 7}, {})
    names = '"ckpt-300"'
    (tmp_path / "run/checkpoint").write_text(
        f"model_checkpoint_path: {names}\nall_model_checkpoint_paths: {names}\n"
    )
    code, text = doctor("do_train")
    assert code == 1 and "batch_size: 7 there, 32 now" in errors(text)


@pytest.mark.parametrize(
    "header, rows, changed, rule",
    [
        ("review,stars", ["a,1"], {}, "--train_file"),
        ("text,label", ["the cat,1"] * 9, {}, "at least two classes"),
        ("text,label", ["the cat,"] * 9, {}, "line 2"),
        ("text,label", [], {}, "--train_file"),
        (
            "text,label",
            ["the cat,1", "the dog,0"],
            {"task_type": "span"},
            "'context'",
        ),
        ("text,label", ["a,1", "b,0"], {"task_type": None}, "--task_type must"),
        ("text,label", ["a,1", "b,0"], {"length_buckets": "9"}, "--length_bu"),
        ("text,label", ["a,1", "b,0"], {"freeze": "all"}, "--freeze"),
        ("text,label", ["a,1", "b,0"], {"task_name": "rte"}, "no --data_dir"),
        ("text,label", ["a,1", "b,0"], {"task_name": "sst"}, "sst-2"),
        (
            "text,label",
            ["a,1", "b,0"],
            {"train_file": "nothing.csv"},
            "nothing.csv",
        ),
        (
            "text,label",
            ["a,1", "b,0"],
            {"init_checkpoint": "nothing"},
            "nothing",
        ),
        ("text,label", ["a,1", "b,0"], {"spm_model_file": None}, "vocabulary"),
        ("text,label", ["a,1", "b,0"], {"teacher": "nothing"}, "--teacher"),
    ],
)
def test_data_and_flags_that_no_run_takes(
    doctor, tmp_path, header, rows, changed, rule
):
    write(tmp_path / "train.csv", rows, header)
    changed = {"eval_file": None, **changed}
    if changed.get("task_name") == "rte":
        changed["train_file"] = None
    code, text = doctor(**changed)
    assert code == 1 and rule in errors(text), text


def test_weights_of_another_vocabulary(doctor, tmp_path, sizes):
    config = config_lib.AlbertConfig(**{**sizes, "vocab_size": 80})
    path = tmp_path / "model.keras"
    albert_tf.AlbertPretrainer(config).save(path)
    code, text = doctor(init_checkpoint=path, albert_config_file=None)
    assert code == 1
    assert "70 pieces, and a model with vocab_size=80" in errors(text)


def test_weights_of_no_task_are_not_evaluated(doctor, tmp_path, sizes):
    path = tmp_path / "model.keras"
    config = config_lib.AlbertConfig(**sizes)
    albert_tf.AlbertPretrainer(config).save(path)
    given = {"init_checkpoint": path, "albert_config_file": None}
    assert doctor(**given)[0] == 0
    code, text = doctor("do_eval", labels="0,1", **given)
    assert code == 1 and "no task head" in errors(text)


def test_what_is_missing_for_evaluation(doctor):
    code, text = doctor("do_train", "do_eval", eval_file=None)
    assert code == 1 and "--eval_file" in errors(text)
    code, text = doctor(eval_file=None)
    assert code == 0 and "There is no dev data for custom" in " ".join(
        text.split()
    )
    code, text = doctor("do_eval")
    assert code == 1 and "no run in" in errors(text)


@pytest.mark.parametrize(
    "counts, rows, levels",
    [
        ({"a": 50, "b": 50}, 100, ["fine"]),
        ({"a": 99, "b": 1}, 100, ["fine", "warning"]),
        ({"a": 100}, 100, ["error"]),
        ({}, 0, ["error"]),
        ({str(n): 1 for n in range(100)}, 100, ["warning"]),
    ],
)
def test_classes(found, counts, rows, levels):
    task_data.check_classes(found, "--train_file", counts, rows, "--label")
    assert [finding.level for finding in found.all] == levels


@pytest.mark.parametrize(
    "changed, level, flag",
    [
        ({"learning_rate": 2e-5}, "fine", "--learning_rate"),
        ({"learning_rate": 1e-3}, "warning", "--learning_rate"),
        ({"learning_rate": 1e-7}, "warning", "--learning_rate"),
        ({"learning_rate": 0.0}, "error", "--learning_rate"),
        ({"learning_rate": float("nan")}, "error", "--learning_rate"),
        ({"num_warmup_steps": 400}, "warning", "--warmup_step"),
        ({"num_steps": 100_000}, "warning", "--train_step"),
        ({"num_steps": 10, "num_warmup_steps": 1}, "warning", "--train_step"),
        ({"batch_size": 3000}, "warning", "--train_batch_size"),
    ],
)
def test_settings_beside_the_recipe(found, changed, level, flag):
    config = config_lib.AlbertConfig.named("base")
    usual = recipes.choose("rte", "classification", config, 2490)
    chosen = recipes.overridden(usual, 2490, **changed)
    task_recipe.check(found, chosen, usual, 2490, False)
    assert level in [each.level for each in found.all if each.flag == flag]
    assert level == "fine" or len(found.of("fine")) < len(found.all)


@pytest.mark.parametrize(
    "shared, levels", [(0, []), (5, ["fine"]), (11, ["warning"])]
)
def test_examples_that_are_trained_on_too(found, shared, levels):
    task_data.check_held_out(
        found, "--eval_file", shared=shared, total=100, path="dev.csv"
    )
    assert [finding.level for finding in found.all] == levels


def test_evaluation_data_is_read_where_training_data_is_not(doctor, tmp_path):
    write(tmp_path / "train.csv", ["a,1"], "review,stars")
    write(tmp_path / "dev.csv", ["a,1"], "review,stars")
    code, text = doctor()
    assert code == 1 and "--train_file" in errors(text)
    assert "--eval_file" in errors(text)


def test_unknown_pieces_and_rows_that_are_cut(found):
    task_data.check_pieces(found, "--spm_model_file", 0.001, 10)
    task_data.check_pieces(found, "--spm_model_file", 0.2, 10)
    given = {"longest": 90, "rows": 10, "max_seq_length": 64}
    task_data.check_lengths(found, cut=0.05, **given)
    task_data.check_lengths(found, cut=0.5, **given)
    levels = [finding.level for finding in found.all]
    assert levels == ["fine", "warning"] * 2


def test_warnings_of_readers_are_findings(found, capsys):
    from absl import logging

    def read():
        logging.info("not shown")
        logging.warning("Every sentence has one word.")
        return 1

    assert found.attempt("--train_file", read) == 1
    (finding,) = found.all
    assert (finding.level, finding.flag) == ("warning", "--train_file")
    assert capsys.readouterr().err == ""

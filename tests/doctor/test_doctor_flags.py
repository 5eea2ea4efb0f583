"""The doctor and every flag, left out and with odd values: it never crashes."""

import json

import commands
import pytest
from absl import flags

import albert_tf
from data_pipeline.commands import command_line
from data_pipeline.commands import config_flags

CONFIGS = {
    "pretrain": albert_tf.PretrainConfig,
    "finetune": albert_tf.FinetuneConfig,
}

# Nothing that a flag's type forbids is let through; the rest must be judged.
ODD = {
    "string": ["", "nothing/there", "[*,?"],
    "comma separated list of strings": ["", "nothing", "a,a"],
    "int": ["-1", "0", "1000000000000"],
    "float": ["nan", "inf", "-1", "0"],
    "bool": ["true", "false"],
}
# It asks a metadata server of a cloud, and waits for the answer.
WAITS = {"tpu_name"}


@pytest.fixture(scope="session")
def rows(tmp_path_factory):
    """A CSV file with texts of two classes."""
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    lines = [f"the cat sees a house {n},{n % 2}" for n in range(40)]
    path.write_text("\n".join(["text,label", *lines]) + "\n")
    return path


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """A command collects its garbage at its end, which takes long here."""
    monkeypatch.setattr(command_line.gc, "collect", lambda: 0)


@pytest.fixture
def lines(record_folder, vocabulary, sizes, rows, tmp_path):
    """Flags of runs that may start, by the word of the command."""
    config = tmp_path / "config.json"
    config.write_text(json.dumps(sizes))
    return {
        "pretrain": {
            "albert_config_file": config,
            "input_file": f"{record_folder}/part-0000[12]*.tfrecord",
            "eval_input_file": f"{record_folder}/part-00000*.tfrecord",
            "output_dir": tmp_path / "run",
            "max_seq_length": 64,
            "max_predictions_per_seq": 10,
            "train_batch_size": 8,
            "eval_batch_size": 8,
            "num_train_steps": 120,
        },
        "finetune": {
            "albert_config_file": config,
            "spm_model_file": vocabulary,
            "task_name": "custom",
            "task_type": "classification",
            "train_file": rows,
            "eval_file": rows,
            "predict_file": rows,
            "output_dir": tmp_path / "run",
            "max_seq_length": 32,
            "do_train": True,
            "do_eval": True,
            "do_predict": True,
        },
    }


def judged(capsys, word, given):
    """The findings of a doctor's run, or what was wrong with the flags."""
    line = [f"--{name}={value}" for name, value in given.items()]
    code = commands.run_line(["albert-tf", "doctor", word, *line])
    printed = capsys.readouterr().out
    if isinstance(code, str):
        assert code.startswith("Error: flag --"), (given, code)
        return code
    last = printed.splitlines()[-1]
    assert last.startswith("errors: "), (given, printed)
    assert (code == 0) == last.startswith("errors: 0,"), (given, printed)
    return printed


def flag_types(word):
    """Every flag of a command, with its type and values."""
    commands.forget_flags()
    config_flags.define(CONFIGS[word])
    found = {}
    for module, defined in flags.FLAGS.flags_by_module_dict().items():
        if not module.startswith("absl."):
            for flag in defined:
                values = getattr(flag.parser, "enum_values", None)
                found[flag.name] = values or ODD[flag.flag_type()]
    commands.forget_flags()
    return found


@pytest.mark.parametrize("word", ["pretrain", "finetune"])
def test_flags_of_a_run_are_left_out_in_turn(capsys, lines, word):
    given = lines[word]
    assert "errors: 0" in judged(capsys, word, given)
    for name in given:
        rest = {key: value for key, value in given.items() if key != name}
        judged(capsys, word, rest)
    assert "errors: 0," not in judged(capsys, word, {})


@pytest.mark.slow
@pytest.mark.parametrize("word", ["pretrain", "finetune"])
def test_every_flag_has_odd_values_in_turn(capsys, lines, word):
    given = lines[word]
    for name, values in flag_types(word).items():
        for value in [] if name in WAITS else values:
            judged(capsys, word, {**given, name: value})

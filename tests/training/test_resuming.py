"""Which settings may change when a run resumes, each of them tried."""

import dataclasses
import functools
import json
import shutil

import commands
import numpy as np
import pytest
import slowly

from albert_tf.runs import checkpoints
from albert_tf.runs import resuming
from albert_tf.runs import run_folder
from albert_tf.workflows.common import past_command
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.configs import pretrain as pretrain_config
from data_pipeline import config as config_lib

CONFIGS = {
    "pretrain": pretrain_config.PretrainConfig,
    "finetune": finetune_config.FinetuneConfig,
}


@pytest.fixture(params=CONFIGS)
def config_class(request):
    return CONFIGS[request.param]


def differences(config_class, earlier, now):
    read = functools.partial(past_command.values, config_class)
    return resuming.differences(earlier, now, read)


def other(config_class, name):
    """Another value than a setting's default."""
    field = config_class.__dataclass_fields__[name]
    known = config_lib.known_of(config_class, name)
    kind = config_lib.type_of(config_class, field)
    if known.choices:
        return next(v for v in known.choices if v != field.default)
    if kind is bool:
        return not field.default
    if kind in (int, float):
        more = (field.default or 0) + 1
        is_too_much = known.maximum is not None and more > known.maximum
        return known.maximum / 4 if is_too_much else more
    return ("other",) if kind is tuple else "other"


def entries(config_class):
    """The entries of run.json by which settings decide."""
    return {
        known.decides
        for _, known in config_lib.fields_of(config_class)
        if isinstance(known.decides, str)
    }


def innocent(name):
    """The settings and their aliases that change no number of a run."""
    names = []
    for field, known in config_lib.fields_of(CONFIGS[name]):
        if known.decides is False:
            names += [field.name, *known.aliases]
    return sorted(names)


def test_settings_that_decide_are_compared(config_class):
    config = config_class()
    earlier = config_lib.deciding(config)
    assert len(earlier) > 15
    for name in earlier:
        changed = dataclasses.replace(
            config, **{name: other(config_class, name)}
        )
        (differ,) = differences(
            config_class, earlier, config_lib.deciding(changed)
        )
        assert differ.startswith(f"{name}: ")


def test_others_are_marked(config_class):
    compared = config_lib.deciding(config_class())
    for field, known in config_lib.fields_of(config_class):
        is_exempt = known.is_execution or known.decides is not True
        assert is_exempt == (field.name not in compared)


def test_so_is_a_setting_that_did_not_exist_before(config_class):
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Newer(config_class):
        new: int = config_lib.setting(3, "New.")

    earlier = config_lib.deciding(Newer())
    assert earlier.pop("new") == 3
    environment = {"command": ["run.py", "--new=4", "--unknown=1"]}
    earlier = {**earlier, "environment": environment}
    now = config_lib.deciding(Newer())
    assert differences(Newer, earlier, now) == ["new: 4 there, 3 now"]
    assert not differences(Newer, earlier, {**now, "new": 4})


@pytest.mark.parametrize(
    "command", [None, 5, [], [3], ["run.py", "--flagfile=/gone"], {"a": 1}]
)
def test_without_a_command_line_defaults_are_meant(config_class, command):
    earlier = {"environment": {"command": command}}
    now = config_lib.deciding(config_class())
    assert not differences(config_class, earlier, now)
    now["random_seed" if "random_seed" in now else "doc_stride"] = 1
    assert len(differences(config_class, earlier, now)) == 1


def test_what_auto_was_is_unknown():
    for precision in ("float32", "bfloat16"):
        now = {"precision": precision}
        assert not resuming.differences({"precision": "auto"}, now)
    assert resuming.differences({"precision": "bfloat16"}, {"precision": "x"})


def test_other_versions_are_said_and_accepted(tmp_path, caplog):
    folder = str(tmp_path / "run")
    then = {"versions": {"albert_tf": "0.1", "keras": "3"}}
    run_folder.claim(folder, {"a": 1, "albert_tf": "0.1"}, then)
    (tmp_path / "run/checkpoint").write_text(
        'model_checkpoint_path: "ckpt-5"\n'
        'all_model_checkpoint_paths: "ckpt-5"\n'
    )
    now = {
        "versions": {"albert_tf": "0.2", "keras": "3"},
        "execution": {"replicas": 2},
    }
    run_folder.claim(folder, {"a": 1}, now)
    assert "albert_tf 0.1 there, 0.2 now" in caplog.text
    assert "keras" not in caplog.text and "replicas" not in caplog.text
    for damage in (5, {"versions": 3}, {"versions": {"albert_tf": []}}):
        content = {"a": 1, "environment": damage}
        (tmp_path / "run/run.json").write_text(json.dumps(content))
        run_folder.claim(folder, {"a": 1}, now)


def test_what_an_old_run_does_not_say_is_said_once(
    config_class, tmp_path, caplog
):
    folder = str(tmp_path / "run")
    run_folder.claim(folder, {"a": 1}, {"command": ["x"]})
    (tmp_path / "run/checkpoint").write_text(
        'model_checkpoint_path: "ckpt-5"\n'
        'all_model_checkpoint_paths: "ckpt-5"\n'
    )
    now = {"a": 1, **config_lib.deciding(config_class()), "held_out": True}
    read = functools.partial(past_command.values, config_class)
    run_folder.claim(folder, now, {}, read)
    assert (
        "without these settings" in caplog.text
        and "held_out=True" in caplog.text
    )
    assert "pack=False" in caplog.text
    caplog.clear()
    run_folder.claim(folder, now, {})
    assert not caplog.text
    with pytest.raises(FileExistsError, match="pack: False there, True now"):
        run_folder.claim(folder, {**now, "pack": True}, {})


# What flags come to, of a whole command.


def values_of(folder):
    return json.loads((folder / "run.json").read_text())


def go_back(whole, folder, step):
    """A copy of a run that was killed after a step."""
    shutil.copytree(whole, folder)
    for path in folder.glob("ckpt-*.*"):
        if checkpoints.step_of(str(path.with_suffix("").stem)) > step:
            path.unlink()
    kept = sorted(
        {checkpoints.step_of(path.stem) for path in folder.glob("ckpt-*.index")}
    )
    (folder / "checkpoint").write_text(
        f'model_checkpoint_path: "ckpt-{step}"\n'
        + "".join(
            f'all_model_checkpoint_paths: "ckpt-{step}"\n' for step in kept
        )
    )
    return folder


class Command:
    """A command with flags of which some are changed: None drops one."""

    def __init__(self, script, **flags):
        self.script, self.flags = script, flags

    def __call__(self, folder, **changed):
        given = {**self.flags, "output_dir": folder, **changed}
        return commands.run(
            self.script,
            **{name: v for name, v in given.items() if v is not None},
        )


@pytest.fixture(scope="module")
def config(sizes, tmp_path_factory):
    folder = tmp_path_factory.mktemp("configs")
    for name, changed in {
        "config": {},
        "other": {"intermediate_size": 20},
    }.items():
        content = {**sizes, "hidden_dropout_prob": 0.1, **changed}
        (folder / f"{name}.json").write_text(json.dumps(content))
    return folder


@pytest.fixture(scope="module")
def pretrain(config, record_folder):
    return Command(
        "run_pretraining.py",
        albert_config_file=config / "config.json",
        input_file=f"{record_folder}/*.tfrecord",
        eval_input_file=f"{record_folder}/part-00000*.tfrecord",
        max_seq_length=64,
        max_predictions_per_seq=6,
        train_batch_size=8,
        eval_batch_size=8,
        learning_rate=0.005,
        num_train_steps=4,
        num_warmup_steps=1,
        iterations_per_loop=2,
        save_checkpoints_steps=2,
        flops_per_second=1e9,
        strategy="one_device",
    )


@pytest.fixture(scope="module")
def pretrained(pretrain, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pretrained") / "run"
    assert pretrain(folder) is None
    return folder


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    for name, words in {
        "train": ["cat", "king", "dog", "farmer"] * 8,
        "dev": ["dog", "king", "horse", "teacher"] * 2,
    }.items():
        rows = [
            f"The {word} sees it.,{'ab'[n % 2]},{'ba'[n % 2]},A {word}.,{n}"
            for n, word in enumerate(words)
        ]
        lines = ["text,label,turned,short,number", *rows]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
        moved = folder / f"moved/{name}.csv"
        moved.parent.mkdir(exist_ok=True)
        moved.write_text("\n".join(lines) + "\n")
        (folder / f"less_{name}.csv").write_text("\n".join(lines[:-2]) + "\n")
    return folder


@pytest.fixture(scope="module")
def finetune(config, tables, vocabulary):
    return Command(
        "run_classifier.py",
        task_name="custom",
        task_type="classification",
        train_file=tables / "train.csv",
        eval_file=tables / "dev.csv",
        albert_config_file=config / "config.json",
        spm_model_file=vocabulary,
        do_train=True,
        max_seq_length=32,
        train_batch_size=8,
        learning_rate=0.003,
        dropout_prob=0.1,
        train_step=4,
        iterations_per_loop=2,
        save_checkpoints_steps=2,
        eval_steps=2,
        keep_checkpoint_max=4,
        strategy="one_device",
    )


@pytest.fixture(scope="module")
def finetuned(finetune, tmp_path_factory):
    folder = tmp_path_factory.mktemp("finetuned") / "run"
    assert finetune(folder) is None
    return folder


def test_each_entry_that_flags_come_to_is_in_run_json(pretrained, finetuned):
    for folder, name in ((pretrained, "pretrain"), (finetuned, "finetune")):
        assert entries(CONFIGS[name]) <= values_of(folder).keys()


REFUSED = "must be resumed with the settings"


@pytest.mark.parametrize(
    "changed",
    [
        {"max_seq_length": 128, "pack": True},
        {"learning_rate": 0.004},
        {"eval_input_file": None},
        {"eval_steps": 1},
        {"precision": "bfloat16"},
        {"jit_compile": True},  # XLA draws other dropout masks
    ],
)
def test_a_pretraining_is_refused(pretrain, pretrained, changed):
    message = pretrain(pretrained, **changed)
    # A longest row that the model cannot read is refused before.
    assert REFUSED in message or "max_position_embeddings" in message


@pytest.mark.parametrize(
    "changed, name",
    slowly.after(
        9,
        [
            ({"doc_stride": 64}, "doc_stride"),
            ({"max_query_length": 32}, "max_query_length"),
            ({"max_qa_length": 32}, "max_qa_length"),
            ({"n_best_size": 3}, "n_best_size"),
            ({"max_answer_length": 3}, "max_answer_length"),
            ({"null_score_threshold": 1.0}, "null_score_threshold"),
            ({"train_file": "less_train.csv"}, "data"),
            ({"eval_file": "less_dev.csv"}, "eval_data"),
            ({"eval_file": None}, "eval_data"),
            ({"text_column": "short"}, "data"),
            ({"label_column": "turned"}, "data"),
            ({"train_batch_size": 4}, "batch_size"),
            ({"train_step": 5}, "num_steps"),
            ({"train_step": None, "num_train_epochs": 3}, "num_steps"),
            ({"warmup_step": 2}, "num_warmup_steps"),
            ({"dropout_prob": 0.2}, "config"),
            ({"classifier_dropout_prob": 0.2}, "classifier_dropout_prob"),
            ({"max_seq_length": 16}, "max_seq_length"),
            ({"random_seed": 1}, "random_seed"),
            ({"eval_steps": 1}, "eval_steps"),
            ({"albert_config_file": "other.json"}, "config"),
            ({"quantization_aware": True}, "quantization_aware"),
            ({"early_exit": True}, "early_exit"),
            ({"jit_compile": True}, "batches"),  # rows of other lengths
        ],
    ),
)
def test_a_finetuning_is_refused(
    finetune, finetuned, tables, config, changed, name
):
    for flag, value in changed.items():
        if str(value).endswith((".csv", ".json")):
            folder = config if flag == "albert_config_file" else tables
            changed = {**changed, flag: folder / value}
    message = finetune(finetuned, **changed)
    assert REFUSED in message and f"{name}: " in message


# Other values for what changes no number, by name; of both commands.
INNOCENT = {
    "do_eval": True,
    "do_predict": True,
    "save_checkpoints_steps": 1,
    "keep_checkpoint_max": 1,
    "iterations_per_loop": 1,
    "steps_per_loop": 1,
    "on_collapse": "stop",
    "flops_per_second": 2e9,
    "estimate_replicas": 2,
    "device_memory_gb": 1.0,
    "predict_batch_size": 8,
    "id_column": "number",
    "num_seeds": None,  # its runs have folders of their own
    "cached_dir": "cached",
    "num_workers": 1,
    "exit_patience": None,  # for models with exits; read once training ends
    "exit_threshold": None,
    "estimate": None,  # trains nothing
    "do_train": None,
    "output_dir": None,  # has another name wherever a run is copied to
    "predict_file": "dev.csv",
}
EXECUTION = {
    "depth": "loop",
    "recompute": True,
    "eval_batch_size": 8,
}


def check_resumed(command, whole, folder, runs, changed, exactly=True):
    go_back(whole, folder, 2)
    assert command(folder, **changed) is None
    expected, found = runs.checkpoint(whole), runs.checkpoint(folder)
    assert found.keys() == expected.keys()
    for name, value in found.items():
        tolerance = 0 if exactly else 1e-4
        np.testing.assert_allclose(
            value, expected[name], rtol=0, atol=tolerance, err_msg=name
        )
    if exactly:
        assert runs.rows(folder, "eval") == runs.rows(whole, "eval")


def test_a_moved_folder_and_other_innocent_flags(
    finetune, finetuned, tables, tmp_path, runs
):
    changed = {
        "train_file": tables / "moved/train.csv",
        "eval_file": tables / "moved/dev.csv",
        "num_workers": 1,
        "do_predict": True,
        "predict_file": tables / "dev.csv",
    }
    check_resumed(finetune, finetuned, tmp_path / "run", runs, changed)


@pytest.mark.slow
@pytest.mark.parametrize("name", innocent("pretrain"))
def test_innocent_in_pretraining(pretrain, pretrained, tmp_path, runs, name):
    if INNOCENT[name] is None:
        return
    changed = {name: INNOCENT[name]}
    check_resumed(pretrain, pretrained, tmp_path / "run", runs, changed)


@pytest.mark.slow
@pytest.mark.parametrize("name", innocent("finetune"))
def test_innocent_in_finetuning(
    finetune, finetuned, tables, tmp_path, runs, name
):
    if INNOCENT[name] is None:
        return
    changed = {name: INNOCENT[name]}
    if name in ("predict_file", "do_predict"):
        changed = {"do_predict": True, "predict_file": tables / "dev.csv"}
    if name == "cached_dir":
        changed = {name: tmp_path / "cached"}
    check_resumed(finetune, finetuned, tmp_path / "run", runs, changed)


@pytest.mark.slow
@pytest.mark.parametrize("name", EXECUTION)
def test_another_execution_is_said_and_the_same_to_rounding(
    pretrain, pretrained, finetune, finetuned, tmp_path, runs, caplog, name
):
    command, whole = pretrain, pretrained
    if name == "eval_batch_size":  # pretraining compares it
        command, whole = finetune, finetuned
    changed = {name: EXECUTION[name]}
    check_resumed(command, whole, tmp_path / "run", runs, changed, False)
    assert "was started with other execution" in caplog.text

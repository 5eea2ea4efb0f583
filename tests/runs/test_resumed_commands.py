"""Whole commands that resume: which flags are refused, which change nothing."""

import json
import shutil

import numpy as np
import pytest
import slowly

from albert_tf.runs import checkpoints
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.configs import pretrain as pretrain_config
from data_pipeline import config as config_lib

CONFIGS = {
    "pretrain": pretrain_config.PretrainConfig,
    "finetune": finetune_config.FinetuneConfig,
}


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

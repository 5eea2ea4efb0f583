"""Runs of both commands, to be resumed with other settings."""

import json

import commands
import pytest


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

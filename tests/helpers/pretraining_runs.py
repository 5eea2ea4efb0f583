"""run_pretraining.py as a process, and what it leaves in its folder."""

import json
import pathlib
import subprocess
import sys

import tensorflow as tf

import albert_tf
from albert_tf import models

ROOT = pathlib.Path(__file__).parent.parent.parent


def command(record_folder, config_file, output_dir, **flags):
    """A command line; keywords replace or add flags, None drops one."""
    flags = {
        "albert_config_file": config_file,
        "input_file": f"{record_folder}/*.tfrecord",
        "eval_input_file": f"{record_folder}/*.tfrecord",
        "output_dir": output_dir,
        "max_seq_length": 64,
        "max_predictions_per_seq": 6,
        "train_batch_size": 8,
        "eval_batch_size": 8,
        "learning_rate": 0.005,
        "num_train_steps": 12,
        "num_warmup_steps": 2,
        "iterations_per_loop": 2,
        "save_checkpoints_steps": 4,
        "eval_steps": 6,
        "strategy": "one_device",
        **flags,
    }
    return [
        sys.executable,
        str(ROOT / "run_pretraining.py"),
        *(
            f"--{name}={value}"
            for name, value in flags.items()
            if value is not None
        ),
    ]


def run(command):
    return subprocess.run(command, capture_output=True, text=True)


def rows(folder, kind=None):
    """The rows of metrics.jsonl, without what a clock decides."""
    timed = (
        "sequences_per_second",
        "tokens_per_second",
        "input_wait_share",
        "model_flop_utilisation",
    )
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    return [
        {name: value for name, value in row.items() if name not in timed}
        for row in map(json.loads, lines)
        if kind in (None, row["kind"])
    ]


def checkpoint(folder):
    """All tensors of the newest checkpoint: weights, moments, step."""
    reader = tf.train.load_checkpoint(str(folder))
    return {
        name: reader.get_tensor(name)
        for name in reader.get_variable_to_shape_map()
        if "OBJECT_GRAPH" not in name
    }


def final_weights(folder):
    weights = models.named_weights(albert_tf.load(folder, which="last"))
    return {name: weight.numpy() for name, weight in weights.items()}

r"""Compares ALBERT with a BERT of its width and depth; the paper's ablations.

    python -m benchmarks.albert_vs_bert --model=base \
        --trained_config_file=examples/demo_config.json \
        --text_file=corpus/train.txt --heldout_file=corpus/heldout.txt \
        --spm_model_file=vocab/tokenizer.model --num_train_steps=6000 \
        --learning_rate=0.007 --output=albert_vs_bert.md

Costs are of --model: its parameters, checkpoint, optimizer, step, gradients,
latency, and two workers over loopback. What training gives is of
--trained_config_file, a small one: the loss on held-out records after the same
steps, for each seed, of ALBERT, of BERT and of variants that differ from
ALBERT in one thing. BERT is the same code with nothing shared and E == H.
Runs lie in --work_dir; run the same command again to resume. Prints JSON
lines; writes a table and a plot. Leave the machine alone while it runs.
"""

import dataclasses
import json
import os
import sys
import tempfile

from absl import flags

import albert_tf
from albert_tf import config as config_lib
from benchmarks import alternate
from benchmarks import machine
from benchmarks import report
from benchmarks.albert_vs_bert import pages
from benchmarks.albert_vs_bert import runs
from benchmarks.albert_vs_bert import variants as variants_lib
from data_pipeline.commands import command_line
from data_pipeline.text import tokenizer as tokenizer_lib

_FLAGS = flags.FLAGS


def main(argv: list[str]) -> None:
    command_line.no_arguments(argv)
    report.check_free(_FLAGS.output)
    before = machine.describe(_FLAGS.threads)
    vocab_size = tokenizer_lib.load(_FLAGS.spm_model_file).vocab_size
    model = _config(vocab_size)
    small = dataclasses.replace(
        albert_tf.AlbertConfig.from_json(_FLAGS.trained_config_file),
        vocab_size=vocab_size,
    )
    records = _records(variants_lib.SENTENCE_TASK)
    costs = {}
    for name, config in (
        ("ALBERT", variants_lib.albert(model)),
        ("BERT", variants_lib.bert(model)),
    ):
        costs[name] = _costs(config) | _scaling(config, records)
        print(json.dumps({"model": name, **costs[name]}), flush=True)
    rows = []
    sizes = [int(size) for size in _FLAGS.embedding_sizes]
    for variant in variants_lib.table(small, sizes):
        rows.append(_trained(variant))
        print(json.dumps(rows[-1]), flush=True)
    pages.write(_FLAGS.output, costs, rows, before, sys.argv[1:])
    print(f"Written: {_FLAGS.output}")


def _config(vocab_size: int) -> albert_tf.AlbertConfig:
    if (_FLAGS.model is None) == (_FLAGS.albert_config_file is None):
        raise ValueError(
            "The model to measure costs of must come from exactly one of "
            f"--model and --albert_config_file. Received: {_FLAGS.model!r} and "
            f"{_FLAGS.albert_config_file!r}."
        )
    if _FLAGS.model:
        return albert_tf.AlbertConfig.named(_FLAGS.model, vocab_size=vocab_size)
    config = albert_tf.AlbertConfig.from_json(_FLAGS.albert_config_file)
    return dataclasses.replace(config, vocab_size=vocab_size)


def _records(sentence_task: str) -> dict[str, str]:
    """Patterns of the records for training and held out."""
    return {
        part: runs.build_records(
            path,
            _FLAGS.spm_model_file,
            sentence_task,
            _FLAGS.max_seq_length,
            os.path.join(_FLAGS.work_dir, "records", sentence_task, part),
        )
        for part, path in (
            ("train", _FLAGS.text_file),
            ("heldout", _FLAGS.heldout_file),
        )
    }


def _masks() -> int:
    """15% of a row."""
    return max(1, round(0.15 * _FLAGS.max_seq_length))


def _costs(config) -> dict[str, float]:
    return alternate.run_worker(
        sys.executable,
        "benchmarks.albert_vs_bert.costs",
        {
            "config": config.to_dict(),
            "precision": "float32",
            "rows": _FLAGS.cost_batch_size,
            "length": _FLAGS.max_seq_length,
            "masks": _masks(),
            "steps": _FLAGS.cost_steps,
            "warm_up": 3,
            "calls": 30,
        },
        _FLAGS.threads,
    )


def _scaling(config, records) -> dict[str, float]:
    flags = {
        "input_file": records["train"],
        "max_seq_length": _FLAGS.max_seq_length,
        "max_predictions_per_seq": _masks(),
        "num_train_steps": _FLAGS.cost_steps + 3,
        "save_checkpoints_steps": _FLAGS.cost_steps + 3,
    }
    # Not in --work_dir: a run that went on would not be timed again.
    with tempfile.TemporaryDirectory() as folder:
        return runs.scaling(config, folder, _FLAGS.cost_batch_size, flags)


def _trained(variant) -> dict:
    """A row: what the variant is, its parameters, and its scores by seed."""
    records = _records(variant.sentence_task)
    found = []
    for seed in range(_FLAGS.seeds):
        found.append(
            runs.pretrain(
                variant.config,
                os.path.join(_FLAGS.work_dir, variant.key, str(seed)),
                {
                    "input_file": records["train"],
                    "eval_input_file": records["heldout"],
                    "max_seq_length": _FLAGS.max_seq_length,
                    "max_predictions_per_seq": _masks(),
                    "train_batch_size": _FLAGS.train_batch_size,
                    "num_train_steps": _FLAGS.num_train_steps,
                    "learning_rate": _FLAGS.learning_rate,
                    "num_warmup_steps": _FLAGS.num_train_steps // 15,
                    # As everything that starts from random weights.
                    "bias_correction": "true",
                    "iterations_per_loop": 100,
                    "eval_steps": _FLAGS.num_train_steps,
                    "save_checkpoints_steps": _FLAGS.num_train_steps,
                    "keep_checkpoint_max": 1,
                    "random_seed": seed,
                },
            )
        )
    return {
        "group": variant.group,
        "name": variant.name,
        "sentence_task": variant.sentence_task,
        "parameters": found[0]["parameters"],
        **{key: [scores[key] for scores in found] for key in pages.SCORES},
    }


if __name__ == "__main__":
    flags.DEFINE_enum(
        "model",
        None,
        list(config_lib.SIZES),
        "Published model size to measure costs of.",
    )
    flags.DEFINE_string(
        "albert_config_file",
        None,
        "JSON file with the sizes of the model to measure costs of, as an "
        "alternative to --model.",
    )
    flags.DEFINE_string(
        "trained_config_file",
        None,
        "JSON file with the sizes of the ALBERT to train.",
    )
    flags.DEFINE_string("text_file", None, "Text file to train on.")
    flags.DEFINE_string("heldout_file", None, "Text file to evaluate on.")
    flags.DEFINE_string(
        "spm_model_file",
        None,
        "SentencePiece model of the vocabulary for both texts.",
    )
    flags.DEFINE_string("output", None, "Markdown file to write.")
    flags.DEFINE_string(
        "work_dir", "runs/albert_vs_bert", "Folder for the runs."
    )
    flags.DEFINE_list(
        "embedding_sizes",
        ["32", "64", "128"],
        "Embedding sizes E to train with.",
    )
    flags.DEFINE_integer("seeds", 3, "Number of runs of each variant.", 1)
    flags.DEFINE_integer("max_seq_length", 64, "Tokens per row in training.", 8)
    flags.DEFINE_integer("train_batch_size", 32, "Rows per training step.", 1)
    flags.DEFINE_integer(
        "num_train_steps", 6000, "Training steps of each run.", 1
    )
    flags.DEFINE_float(
        "learning_rate", 0.007, "Peak learning rate of all runs."
    )
    flags.DEFINE_integer(
        "cost_batch_size", 8, "Rows per step when measuring costs.", 1
    )
    flags.DEFINE_integer(
        "cost_steps", 10, "Number of steps to time when measuring costs.", 1
    )
    flags.DEFINE_integer(
        "threads", os.cpu_count(), "Number of cores to use.", 1
    )
    flags.mark_flags_as_required(
        [
            "trained_config_file",
            "text_file",
            "heldout_file",
            "spm_model_file",
            "output",
        ]
    )
    command_line.run(main)

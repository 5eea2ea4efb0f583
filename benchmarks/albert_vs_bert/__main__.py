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

import argparse
import dataclasses
import json
import os
import sys
import tempfile

import albert_tf
from albert_tf import published_sizes
from benchmarks import alternate
from benchmarks import machine
from benchmarks import report
from benchmarks.albert_vs_bert import pages
from benchmarks.albert_vs_bert import runs
from benchmarks.albert_vs_bert import variants as variants_lib
from data_pipeline.text import tokenizers
from tools import options


def main(arguments: argparse.Namespace) -> None:
    report.check_free(arguments.output)
    before = machine.describe(arguments.threads)
    vocab_size = tokenizers.load(arguments.spm_model_file).vocab_size
    model = _config(arguments, vocab_size)
    small = dataclasses.replace(
        albert_tf.AlbertConfig.from_json(arguments.trained_config_file),
        vocab_size=vocab_size,
    )
    records = _records(arguments, variants_lib.SENTENCE_TASK)
    costs = {}
    for name, config in (
        ("ALBERT", variants_lib.albert(model)),
        ("BERT", variants_lib.bert(model)),
    ):
        costs[name] = _costs(arguments, config) | _scaling(
            arguments, config, records
        )
        print(json.dumps({"model": name, **costs[name]}), flush=True)
    rows = []
    sizes = [int(size) for size in arguments.embedding_sizes]
    for variant in variants_lib.table(small, sizes):
        rows.append(_trained(arguments, variant))
        print(json.dumps(rows[-1]), flush=True)
    pages.write(arguments.output, costs, rows, before, sys.argv[1:])
    print(f"Written: {arguments.output}")


def _config(
    arguments: argparse.Namespace, vocab_size: int
) -> albert_tf.AlbertConfig:
    if (arguments.model is None) == (arguments.albert_config_file is None):
        raise ValueError(
            "The model to measure costs of must come from exactly one of "
            f"--model and --albert_config_file. Received: {arguments.model!r} "
            f"and {arguments.albert_config_file!r}."
        )
    if arguments.model:
        return albert_tf.AlbertConfig.named(
            arguments.model, vocab_size=vocab_size
        )
    config = albert_tf.AlbertConfig.from_json(arguments.albert_config_file)
    return dataclasses.replace(config, vocab_size=vocab_size)


def _records(
    arguments: argparse.Namespace, sentence_task: str
) -> dict[str, str]:
    """Patterns of the records for training and held out."""
    return {
        part: runs.build_records(
            path,
            arguments.spm_model_file,
            sentence_task,
            arguments.max_seq_length,
            os.path.join(arguments.work_dir, "records", sentence_task, part),
        )
        for part, path in (
            ("train", arguments.text_file),
            ("heldout", arguments.heldout_file),
        )
    }


def _masks(arguments: argparse.Namespace) -> int:
    """15% of a row."""
    return max(1, round(0.15 * arguments.max_seq_length))


def _costs(arguments: argparse.Namespace, config) -> dict[str, float]:
    return alternate.run_worker(
        sys.executable,
        "benchmarks.albert_vs_bert.costs",
        {
            "config": config.to_dict(),
            "precision": "float32",
            "rows": arguments.cost_batch_size,
            "length": arguments.max_seq_length,
            "masks": _masks(arguments),
            "steps": arguments.cost_steps,
            "warm_up": 3,
            "calls": 30,
        },
        arguments.threads,
    )


def _scaling(
    arguments: argparse.Namespace, config, records
) -> dict[str, float]:
    flags = {
        "input_file": records["train"],
        "max_seq_length": arguments.max_seq_length,
        "max_predictions_per_seq": _masks(arguments),
        "num_train_steps": arguments.cost_steps + 3,
        "save_checkpoints_steps": arguments.cost_steps + 3,
    }
    # Not in --work_dir: a run that went on would not be timed again.
    with tempfile.TemporaryDirectory() as folder:
        return runs.scaling(config, folder, arguments.cost_batch_size, flags)


def _trained(arguments: argparse.Namespace, variant) -> dict:
    """A row: what the variant is, its parameters, and its scores by seed."""
    records = _records(arguments, variant.sentence_task)
    found = []
    for seed in range(arguments.seeds):
        found.append(
            runs.pretrain(
                variant.config,
                os.path.join(arguments.work_dir, variant.key, str(seed)),
                {
                    "input_file": records["train"],
                    "eval_input_file": records["heldout"],
                    "max_seq_length": arguments.max_seq_length,
                    "max_predictions_per_seq": _masks(arguments),
                    "train_batch_size": arguments.train_batch_size,
                    "num_train_steps": arguments.num_train_steps,
                    "learning_rate": arguments.learning_rate,
                    "num_warmup_steps": arguments.num_train_steps // 15,
                    # As everything that starts from random weights.
                    "bias_correction": "true",
                    "iterations_per_loop": 100,
                    "eval_steps": arguments.num_train_steps,
                    "save_checkpoints_steps": arguments.num_train_steps,
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


def _parser() -> options.Parser:
    parser = options.Parser(__doc__)
    add = parser.add_argument
    add(
        "--model",
        choices=list(published_sizes.SIZES),
        help="Published model size to measure costs of.",
    )
    add(
        "--albert_config_file",
        help="JSON file with the sizes of the model to measure costs of, as an "
        "alternative to --model.",
    )
    add(
        "--trained_config_file",
        required=True,
        help="JSON file with the sizes of the ALBERT to train.",
    )
    add("--text_file", required=True, help="Text file to train on.")
    add("--heldout_file", required=True, help="Text file to evaluate on.")
    add(
        "--spm_model_file",
        required=True,
        help="SentencePiece model of the vocabulary for both texts.",
    )
    add("--output", required=True, help="Markdown file to write.")
    add(
        "--work_dir", default="runs/albert_vs_bert", help="Folder for the runs."
    )
    add(
        "--embedding_sizes",
        type=options.names,
        default="32,64,128",
        help="Embedding sizes E to train with.",
    )
    add(
        "--seeds",
        type=options.at_least(1),
        default=3,
        help="Number of runs of each variant.",
    )
    add(
        "--max_seq_length",
        type=options.at_least(8),
        default=64,
        help="Tokens per row in training.",
    )
    add(
        "--train_batch_size",
        type=options.at_least(1),
        default=32,
        help="Rows per training step.",
    )
    add(
        "--num_train_steps",
        type=options.at_least(1),
        default=6000,
        help="Training steps of each run.",
    )
    add(
        "--learning_rate",
        type=float,
        default=0.007,
        help="Peak learning rate of all runs.",
    )
    add(
        "--cost_batch_size",
        type=options.at_least(1),
        default=8,
        help="Rows per step when measuring costs.",
    )
    add(
        "--cost_steps",
        type=options.at_least(1),
        default=10,
        help="Number of steps to time when measuring costs.",
    )
    add(
        "--threads",
        type=options.at_least(1),
        default=os.cpu_count(),
        help="Number of cores to use.",
    )
    return parser


if __name__ == "__main__":
    options.run(main, _parser())

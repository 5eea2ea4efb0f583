r"""Learning rates of LAMB at small batches: a grid, and what rules lose.

    python -m benchmarks.learning_rates --work_dir=rates \
        --corpora=demo/records,novels/records \
        --albert_config_file=examples/demo_config.json --max_seq_length=64 \
        --hidden_sizes=128,256 --depths=2,4 --batches=16,32,128 \
        --rates=0.0025,0.005,0.01,0.02 --warmups=0.05,0.2 --steps=2000

A corpus is a folder with records in train/ and heldout/. Trains a model for
each setting, with and without bias correction, and prints a JSON line with its
held-out loss and, for each group of runs that differ in rate, warm-up and bias
correction only, a line of a table: the best run, and how many nats the rule
that is used without --learning_rate loses against it. Finished runs are read
from --work_dir.
"""

import argparse
import dataclasses
import itertools
import json
import os
from typing import NamedTuple

import albert_tf
from albert_tf.optimization import batch_scaling
from data_pipeline.pretraining.records import record_sets
from tools import options


class Group(NamedTuple):
    """Runs that are compared with each other."""

    corpus: str
    hidden_size: int
    depth: int
    batch: int


class Choice(NamedTuple):
    """The settings to choose. A warm-up is a share of the steps."""

    rate: float
    warmup: float
    correction: bool


def main(arguments: argparse.Namespace) -> None:
    os.makedirs(arguments.work_dir, exist_ok=True)
    groups = [
        Group(*values)
        for values in itertools.product(
            arguments.corpora,
            arguments.hidden_sizes,
            arguments.depths,
            arguments.batches,
        )
    ]
    choices = [
        Choice(*values)
        for values in itertools.product(
            arguments.rates, arguments.warmups, arguments.corrections
        )
    ]
    lines = []
    for group in groups:
        rule = automatic(group.batch, arguments.steps)
        losses = {
            choice: _loss(arguments, group, choice)
            for choice in dict.fromkeys([rule, *choices])
        }
        lines.append(line(group, losses, rule))
        print(lines[-1], flush=True)
    print("\n".join([*HEAD, *lines]))


HEAD = (
    "| corpus | H | layers | batch | best rate | warm-up | bias correction | "
    "loss | the rule's rate | its loss | lost |",
    "|---|---:|---:|---:|---:|---:|---|---:|---:|---:|---:|",
)


def automatic(batch: int, steps: int) -> Choice:
    """What a run without --learning_rate has."""
    found = batch_scaling.scaled(batch, steps)
    return Choice(
        round(found.learning_rate, 6), found.num_warmup_steps / steps, False
    )


def line(group: Group, losses: dict[Choice, float], rule: Choice) -> str:
    """A line of the table."""
    best = min(losses, key=lambda choice: losses[choice])
    lost = losses[rule] - losses[best]
    cells = [
        *group,
        f"{best.rate:g}",
        f"{best.warmup:g}",
        "on" if best.correction else "off",
        f"{losses[best]:.3f}",
        f"{rule.rate:g}",
        f"{losses[rule]:.3f}",
        f"{lost:.3f}",
    ]
    return "| " + " | ".join(map(str, cells)) + " |"


def _loss(arguments: argparse.Namespace, group: Group, choice: Choice) -> float:
    """The held-out masked-LM loss of a run, in nats."""
    asked = {
        **group._asdict(),
        **choice._asdict(),
        "steps": arguments.steps,
        "length": arguments.max_seq_length,
        "precision": arguments.precision,
        "seed": arguments.seed,
    }
    words = [str(value).replace("/", "_") for value in asked.values()]
    folder = os.path.join(arguments.work_dir, "-".join(words))
    pattern = os.path.join(group.corpus, "train", "*.tfrecord")
    records = record_sets.open_records(pattern, arguments.max_seq_length)
    sizes = dataclasses.replace(
        albert_tf.AlbertConfig.from_json(arguments.albert_config_file),
        vocab_size=records.manifest.vocab_size,
        hidden_size=group.hidden_size,
        intermediate_size=4 * group.hidden_size,
        num_hidden_layers=group.depth,
    )
    os.makedirs(folder, exist_ok=True)
    sizes.to_json(os.path.join(folder, "sizes.json"))
    results = os.path.join(folder, "run/eval_results.json")
    if not os.path.exists(results):
        albert_tf.pretrain(
            albert_tf.PretrainConfig(
                albert_config_file=os.path.join(folder, "sizes.json"),
                input_file=pattern,
                eval_input_file=os.path.join(
                    group.corpus, "heldout", "*.tfrecord"
                ),
                output_dir=os.path.join(folder, "run"),
                max_seq_length=arguments.max_seq_length,
                train_batch_size=group.batch,
                learning_rate=choice.rate,
                num_warmup_steps=round(choice.warmup * arguments.steps),
                bias_correction=choice.correction,
                num_train_steps=arguments.steps,
                iterations_per_loop=100,
                keep_checkpoint_max=1,
                precision=arguments.precision,
                random_seed=arguments.seed,
                max_eval_steps=arguments.max_eval_steps,
                on_collapse="warn",
                do_eval=True,
            )
        )
    with open(results) as file:
        found = json.load(file)
    print(
        json.dumps(
            asked | {name: found[name] for name in ("mlm_loss", "unigram_loss")}
        ),
        flush=True,
    )
    return found["mlm_loss"]


def _switches(text: str) -> list[bool]:
    return [{"true": True, "false": False}[word] for word in text.split(",")]


def _parser() -> options.Parser:
    parser = options.Parser(__doc__)
    add = parser.add_argument
    add("--work_dir", required=True, help="Folder of the runs.")
    add(
        "--corpora",
        required=True,
        type=options.names,
        help="Folders with records in train/ and heldout/.",
    )
    add("--albert_config_file", required=True, help="Sizes to start from.")
    add(
        "--hidden_sizes",
        type=options.numbers(int),
        default=[128],
        help="Widths H.",
    )
    add(
        "--depths",
        type=options.numbers(int),
        default=[2],
        help="Numbers of layers.",
    )
    add(
        "--batches",
        type=options.numbers(int),
        default=[32],
        help="Rows of a step.",
    )
    add(
        "--rates",
        type=options.numbers(float),
        default=[0.0025, 0.005, 0.01, 0.02],
        help="Learning rates.",
    )
    add(
        "--warmups",
        type=options.numbers(float),
        default=[0.05, 0.2],
        help="Warm-up, as shares of the steps.",
    )
    add(
        "--corrections",
        type=_switches,
        default=[False, True],
        help="Bias correction: true, false or both.",
    )
    add("--steps", type=options.at_least(10), default=2000, help="Steps.")
    add("--seed", type=int, default=1, help="Random seed.")
    add("--max_seq_length", type=options.at_least(8), default=64, help="S.")
    add("--precision", default="float32", help="float32 or bfloat16.")
    add(
        "--max_eval_steps",
        type=options.at_least(1),
        default=20,
        help="Batches of 64 held-out rows.",
    )
    return parser


if __name__ == "__main__":
    options.run(main, _parser())

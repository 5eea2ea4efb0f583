r"""Time to quality: seconds until a recipe is as good as Google's.

    python -m benchmarks.time_to_quality --work_dir=ttq \
        --text_file='novels/train/*' --heldout_file='novels/heldout/*' \
        --spm_model_file=vocab/tokenizer.model \
        --albert_config_file=model.json --minutes=60 --seeds=1,2,3 \
        --precisions=float32,bfloat16 --recipes=google,pack,depth,both \
        --fractions=0.25,0.5,1 --rates=0.002,0.004,0.008 \
        --peer_python=../peers/transformers/bin/python --output=ttq.md

Each recipe gets the best of --rates, found by runs of --rate_minutes with the
first seed and precision. Google's recipe then runs for --minutes, others for
each of --fractions of them, since a rate that decays to 0 is good only at its
end. All checkpoints are scored on the same masked rows, off the clock. Writes a
table, curves (.png) and all figures (.json). Finished runs in --work_dir are
not repeated. Smaller budgets are for trying: --minutes=2 --fractions=1.

A recipe is a name of benchmarks/time_to_quality/recipes.py, or has flags of
albert-tf pretrain of its own: --recipes='mine=--pack --ngram=1'. The option
takes several, separated by commas; flags with commas need an option of their
own, --recipe.
"""

import argparse
import os
import sys

import albert_tf
from benchmarks import machine
from benchmarks.time_to_quality import arguments as arguments_lib
from benchmarks.time_to_quality import bench as bench_lib
from benchmarks.time_to_quality import recipes as recipes_lib
from benchmarks.time_to_quality import report
from data_pipeline.io import outputs
from tools import options

_GOOGLE, _PEER = recipes_lib.GOOGLE, recipes_lib.PEER


def main(arguments: argparse.Namespace) -> None:
    outputs.refuse_to_overwrite(arguments.output)
    if arguments.core is not None:
        os.sched_setaffinity(0, {arguments.core})
    os.makedirs(arguments.work_dir, exist_ok=True)
    before = machine.describe(os.cpu_count() or 1)
    bench = bench_lib.Bench(arguments)
    found = []
    for recipe in _recipes(arguments, bench.config):
        rate = _rate(arguments, bench, recipe)
        fractions = [1.0] if recipe.name == _GOOGLE else arguments.fractions
        found += [
            bench.measure(
                recipe, precision, rate, seed, fraction * arguments.minutes
            )
            for precision in arguments.precisions
            for seed in arguments.seeds
            for fraction in fractions
        ]
    report.write(
        arguments.output,
        found,
        before,
        sys.argv[1:],
        arguments.minutes,
        bench.config.num_hidden_layers,
        "wall clock"
        if arguments.core is None
        else "processor time on one core",
    )
    print(f"Written: {arguments.output}")


def _recipes(
    arguments: argparse.Namespace, config: albert_tf.AlbertConfig
) -> list[recipes_lib.Recipe]:
    texts = [*arguments.recipes, *arguments.recipe]
    # Google's first: the others are compared with it.
    texts = [_GOOGLE, *(text for text in texts if text != _GOOGLE)]
    if arguments.peer_python:
        texts.append(_PEER)
    return [
        recipes_lib.read(
            text, config.num_hidden_layers, arguments.max_seq_length
        )
        for text in texts
    ]


def _rate(
    arguments: argparse.Namespace,
    bench: bench_lib.Bench,
    recipe: recipes_lib.Recipe,
) -> float:
    """The rate that is given, or that is best after --rate_minutes."""
    if "learning_rate" in recipe.flags:
        return float(recipe.flags["learning_rate"])
    rates = arguments.rates
    if recipe.name == _PEER:
        rates = arguments.peer_rates
    if len(rates) == 1:
        return rates[0]
    losses = {}
    for rate in rates:
        run = bench.measure(
            recipe,
            arguments.precisions[-1],
            rate,
            arguments.seeds[0],
            arguments.rate_minutes or arguments.minutes / 4,
        )
        losses[rate] = run["points"][-1]["loss"]
    print(f"{recipe.name}: {losses}", flush=True)
    return min(losses, key=lambda rate: losses[rate])


if __name__ == "__main__":
    options.run(main, arguments_lib.parser(__doc__))

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
import json
import os
import subprocess
import sys
import time

import albert_tf
from benchmarks import machine
from benchmarks.time_to_quality import corpus
from benchmarks.time_to_quality import recipes as recipes_lib
from benchmarks.time_to_quality import report
from benchmarks.time_to_quality import runs
from data_pipeline.io import outputs
from data_pipeline.text import tokenizers
from tools import options

_GOOGLE, _PEER = recipes_lib.GOOGLE, recipes_lib.PEER


class Bench:
    """Measures recipes; a measured one is read from --work_dir."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._arguments = arguments
        self.config = albert_tf.AlbertConfig.from_json(
            arguments.albert_config_file
        )
        self._held_out = self._file("heldout.npz")
        self._rows = self._file("rows.npy")
        length = arguments.max_seq_length
        if not os.path.exists(self._held_out):
            corpus.write_held_out(
                self._records(arguments.heldout_file, "heldout", length),
                length,
                arguments.heldout_rows,
                self._held_out,
            )
        if arguments.peer_python and not os.path.exists(self._rows):
            pattern = self._records(arguments.text_file, "train", length)
            corpus.write_stream(pattern, length, self._rows)

    def measure(
        self,
        recipe: recipes_lib.Recipe,
        precision: str,
        rate: float,
        seed: int,
        minutes: float,
    ) -> dict:
        """One run; see `runs.train`."""
        name = f"{recipe.name}-{precision}-{rate:g}-{minutes:g}min-seed{seed}"
        path = self._file(f"{name}.json")
        asked = {
            "recipe": recipe.name,
            "flags": recipe.flags,
            "precision": precision,
            "learning_rate": rate,
            "seed": seed,
            "minutes": minutes,
        }
        if os.path.exists(path):
            with open(path) as file:
                found = json.load(file)
            if found["flags"] != recipe.flags:
                raise ValueError(
                    f"{path} must be of a run with the flags of --recipes. "
                    f"Received: {found['flags']} there and {recipe.flags} now. "
                    "Give the recipe another name."
                )
            return found
        print(f"{name}, {time.strftime('%H:%M')}", flush=True)
        run = self._peer if recipe.name == _PEER else self._ours
        found = {**asked, **run(asked, name)}
        with open(f"{path}.part", "w") as file:
            json.dump(found, file, indent=1)
        os.replace(f"{path}.part", path)
        return found

    def _ours(self, asked: dict, name: str) -> dict:
        arguments = self._arguments
        length = arguments.max_seq_length
        patterns = [
            self._records(arguments.text_file, "train", each)
            for each in recipes_lib.lengths(
                recipes_lib.Recipe(name, asked["flags"]), length
            )
        ]
        flags = {
            "input_file": ",".join(patterns),
            "max_seq_length": str(length),
            "max_predictions_per_seq": "20",
            "train_batch_size": str(arguments.train_batch_size),
            "learning_rate": str(asked["learning_rate"]),
            "precision": asked["precision"],
            "random_seed": str(asked["seed"]),
            **asked["flags"],
        }
        return runs.train(
            self._file(name),
            self.config,
            flags,
            60 * asked["minutes"],
            self._held_out,
        )

    def _peer(self, asked: dict, name: str) -> dict:
        arguments = self._arguments
        tokenizer = tokenizers.load(arguments.spm_model_file)
        settings = {
            **asked,
            "seconds": 60 * asked["minutes"],
            "config": self.config.to_dict(),
            "batch_size": arguments.train_batch_size,
            "rows_file": self._rows,
            "held_out": self._held_out,
            "special_ids": [tokenizer.cls_id, tokenizer.sep_id],
            "mask_id": tokenizer.mask_id,
            "points": runs.POINTS,
            "started": time.time(),
        }
        done = subprocess.run(
            [
                arguments.peer_python,
                "-m",
                "benchmarks.peers.transformers_masked_lm",
                json.dumps(settings),
            ],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return json.loads(done.stdout.splitlines()[-1])

    def _records(self, text: str, part: str, length: int) -> str:
        folder = self._file(f"records/{part}{length}")
        return corpus.records(
            folder, text, self._arguments.spm_model_file, length
        )

    def _file(self, name: str) -> str:
        return os.path.join(os.path.abspath(self._arguments.work_dir), name)


def main(arguments: argparse.Namespace) -> None:
    outputs.refuse_to_overwrite(arguments.output)
    os.makedirs(arguments.work_dir, exist_ok=True)
    before = machine.describe(os.cpu_count() or 1)
    bench = Bench(arguments)
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
    arguments: argparse.Namespace, bench: Bench, recipe: recipes_lib.Recipe
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


def _parser() -> options.Parser:
    parser = options.Parser(__doc__)
    add = parser.add_argument
    add("--work_dir", required=True, help="Folder of runs and records.")
    add("--text_file", required=True, help="Texts to train on: globs.")
    add("--heldout_file", required=True, help="Texts to score on: globs.")
    add("--spm_model_file", required=True, help="Vocabulary of all models.")
    add("--albert_config_file", required=True, help="Sizes of all models.")
    add("--output", required=True, help="Report to write: a .md file.")
    add("--minutes", type=float, default=60.0, help="Minutes of a whole run.")
    add(
        "--fractions",
        type=options.numbers(float),
        default=[0.25, 0.5, 1.0],
        help="Shares of --minutes that recipes other than Google's run for.",
    )
    add(
        "--seeds",
        type=options.numbers(int),
        default=[1, 2, 3],
        help="Random seeds.",
    )
    add(
        "--precisions",
        type=options.names,
        default=["float32", "bfloat16"],
        help="Precisions; rates are searched in the last one.",
    )
    add(
        "--recipes",
        type=options.names,
        default=["pack", "correction", "short", "depth", "both"],
        help="Recipes beside Google's.",
    )
    add(
        "--recipe",
        action="append",
        default=[],
        help="One more recipe, NAME=FLAGS; may be given several times.",
    )
    add(
        "--rates",
        type=options.numbers(float),
        default=[0.002, 0.004, 0.008],
        help="Learning rates to choose from, for recipes without one.",
    )
    add("--rate_minutes", type=float, help="Minutes of a run for a rate.")
    add("--peer_python", help="Python with transformers and PyTorch.")
    add(
        "--peer_rates",
        type=options.numbers(float),
        default=[5e-4, 1e-3, 2e-3],
        help="The peer's learning rates to choose from.",
    )
    add("--max_seq_length", type=options.at_least(8), default=128, help="S.")
    add(
        "--train_batch_size",
        type=options.at_least(1),
        default=32,
        help="Rows of a step.",
    )
    add(
        "--heldout_rows",
        type=options.at_least(1),
        default=1024,
        help="Rows to score on.",
    )
    return parser


if __name__ == "__main__":
    options.run(main, _parser())

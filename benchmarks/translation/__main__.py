r"""Translations and summaries: ours, MarianMT and baselines in one table.

    python -m benchmarks.translation --work_dir=translation \
        --train_file=en-fr/train.tsv --dev_file=en-fr/dev.tsv \
        --run='shared=--albert_config_file=sizes.json --pack' \
        --peer_python=../peers/transformers/bin/python \
        --peer_parameters=8000000 --minutes=60 --seeds=1,2,3 --output=fr.md

All contestants have the same pairs, the same vocabulary of both sides and the
same minutes, and all texts are scored by sacrebleu and rouge-score:

    memory    the target of the training text that is nearest by BM25
    lead      with --summaries: the first sentence of the text
    oracle    with --summaries: its sentence with the most ROUGE-1 and ROUGE-2
    NAME      for each --run=NAME=FLAGS: albert-tf finetune with these flags, in
              as many steps as short runs say that the minutes hold
    marian    with --peer_python: MarianMT of transformers, from scratch, with
              about as many parameters as asked, with the best of --peer_rates
              and --peer_dropouts after --choice_minutes with the first seed

The first --scored_rows pairs of the dev file are scored, the --choosing_rows
after them choose the best weights of a run. Finished runs in --work_dir are not
repeated. Writes a table (.md) and all figures with the texts (.json). Small
budgets are for trying: --minutes=1 --seeds=1.
"""

import argparse
import logging
import os
import sys
import time

from benchmarks import machine
from benchmarks.translation import baselines
from benchmarks.translation import data as data_lib
from benchmarks.translation import ours
from benchmarks.translation import pairs as pairs_lib
from benchmarks.translation import report
from benchmarks.translation import runs
from benchmarks.translation import scores
from benchmarks.translation import sizes as sizes_lib
from data_pipeline.io import outputs
from data_pipeline.text import tokenizers
from tools import options

PEER = "marian"


class Bench:
    """Measures contestants; a measured one is read from --work_dir."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._arguments = arguments
        self._folder = os.path.abspath(arguments.work_dir)
        columns = arguments.text_column, arguments.target_column
        self.data = data_lib.prepare(
            os.path.join(self._folder, "data"),
            pairs_lib.read(arguments.train_file, *columns),
            pairs_lib.read(arguments.dev_file, *columns),
            (arguments.scored_rows, arguments.choosing_rows),
            arguments.spm_model_file,
            arguments.vocab_size,
            # Without the start and the end, which each model adds.
            (arguments.max_seq_length - 2, arguments.max_target_length - 2),
        )
        self._decoding = runs.Decoding(
            arguments.beam_size, arguments.max_target_length - 2
        )

    def baseline(self, name: str, answer) -> dict:
        """Scores answer(pair) for each pair."""
        texts = [answer(pair) for pair in self.data.scored]
        return self._scored(name, {}, texts)

    def ours(self, name: str, flags: str, seed: int) -> dict:
        budget = self._budget(self._arguments.minutes)
        return self._measure(
            f"{name}-seed{seed}",
            {"contestant": name, "flags": flags, "seed": seed},
            budget,
            lambda: ours.train(
                os.path.join(self._folder, f"{name}-seed{seed}"),
                flags,
                seed,
                self.data,
                budget,
                self._decoding,
            ),
        )

    def peer(self, settings: dict, minutes: float) -> dict:
        """MarianMT with a learning_rate, a dropout and a seed."""
        arguments = self._arguments
        vocabulary = tokenizers.load(self.data.vocabulary)
        sizes = sizes_lib.marian(
            arguments.peer_parameters,
            vocabulary.vocab_size,
            arguments.peer_layers,
        )
        longest = max(arguments.max_seq_length, arguments.max_target_length)
        sizes["max_position_embeddings"] = longest
        asked = {
            **settings,
            "batch_tokens": arguments.peer_batch_tokens,
            "length_penalty": arguments.peer_length_penalty,
        }
        name = "-".join(f"{value:g}" for value in settings.values())
        budget = self._budget(minutes)
        return self._measure(
            f"{PEER}-{name}-{minutes:g}min",
            {"contestant": PEER, "sizes": sizes, **asked},
            budget,
            lambda: runs.peer(
                os.path.abspath(arguments.peer_python),
                sizes,
                asked,
                self.data,
                budget,
                self._decoding,
            ),
        )

    def _budget(self, minutes: float) -> runs.Budget:
        return runs.Budget(
            minutes, self._arguments.clock, self._arguments.threads
        )

    def _measure(self, name: str, asked: dict, budget, run) -> dict:
        asked = {**asked, "minutes": budget.minutes, "clock": budget.clock}

        def measure() -> dict:
            print(f"{name}, {time.strftime('%H:%M')}", flush=True)
            found, texts = run()
            return self._scored(asked["contestant"], found, texts)

        path = os.path.join(self._folder, f"{name}.json")
        found = runs.remembered(path, asked, measure)
        logging.info("%s: chrF %.1f", name, found["scores"]["chrf"])
        return found

    def _scored(self, name: str, found: dict, texts: list[str]) -> dict:
        references = [pair.targets for pair in self.data.scored]
        return {
            "contestant": name,
            **found,
            "scores": scores.score(texts, references),
            "texts": texts,
        }


def main(arguments: argparse.Namespace) -> None:
    outputs.refuse_to_overwrite(arguments.output)
    named = dict(_named(text) for text in arguments.run)
    if arguments.peer_python and not arguments.peer_parameters:
        raise ValueError(
            "--peer_parameters must be given with --peer_python. Received: "
            "none. Give twice the parameters of yours, for example."
        )
    os.makedirs(arguments.work_dir, exist_ok=True)
    before = machine.describe(arguments.threads)
    bench = Bench(arguments)
    memory = baselines.Memory(bench.data.train)
    found = [bench.baseline("memory", lambda pair: memory.answer(pair.text))]
    if arguments.summaries:
        found.append(bench.baseline("lead", baselines.lead))
        found.append(bench.baseline("oracle", baselines.oracle))
    for name, flags in named.items():
        found += [bench.ours(name, flags, seed) for seed in arguments.seeds]
    if arguments.peer_python:
        choice = _choice(arguments, bench)
        found += [
            bench.peer({**choice, "seed": seed}, arguments.minutes)
            for seed in arguments.seeds
        ]
    report.write(arguments.output, found, before, sys.argv[1:])
    print("\n".join(report.table(found)))
    print(f"Written: {arguments.output}")


def _choice(arguments: argparse.Namespace, bench: Bench) -> dict:
    """The peer's rate and dropout with the least loss after short runs."""
    choices = [
        {"learning_rate": rate, "dropout": dropout}
        for rate in arguments.peer_rates
        for dropout in arguments.peer_dropouts
    ]
    if len(choices) == 1:
        return choices[0]
    minutes = arguments.choice_minutes or arguments.minutes / 4
    losses = []
    for choice in choices:
        seed = arguments.seeds[0]
        found = bench.peer({**choice, "seed": seed}, minutes)
        losses.append(min(point["loss"] for point in found["points"]))
        print(f"{PEER}: {choice}, loss {losses[-1]:.3f}", flush=True)
    return choices[losses.index(min(losses))]


def _named(text: str) -> tuple[str, str]:
    name, separator, flags = text.partition("=")
    if not separator or not name.replace("_", "").isalnum():
        raise ValueError(
            "--run must be NAME=FLAGS, with letters, digits and _ in the name. "
            f"Received: {text!r}."
        )
    return name, flags


def _parser() -> options.Parser:
    parser = options.Parser(__doc__)
    add = parser.add_argument
    whole = options.at_least(1)
    add("--work_dir", required=True, help="Folder of data and runs.")
    add("--train_file", required=True, help="Pairs: .tsv, .csv or .jsonl.")
    add("--dev_file", required=True, help="Pairs to score and choose by.")
    add("--output", required=True, help="Report to write: a .md file.")
    add("--text_column", default="0", help="Column of the text, or its number.")
    add("--target_column", default="1", help="Column of what is to be written.")
    options.add_switch(parser, "--summaries", "Score lead and oracle too.")
    add("--scored_rows", type=whole, default=600, help="Pairs to score.")
    add("--choosing_rows", type=whole, default=400, help="Pairs to choose by.")
    add("--spm_model_file", help="Vocabulary; if left out, one is trained.")
    add("--vocab_size", type=whole, default=8000, help="Pieces of that one.")
    add("--max_seq_length", type=options.at_least(8), default=64, help="S.")
    add("--max_target_length", type=options.at_least(8), default=64, help="T.")
    add(
        "--run",
        action="append",
        default=[],
        help="NAME=FLAGS of a run of ours.",
    )
    add("--minutes", type=float, default=60.0, help="Minutes of a run.")
    add(
        "--clock",
        choices=("wall", "processor"),
        default="wall",
        help="What the minutes are of; processor: of all cores, over their "
        "number, for a machine that is busy with other programs.",
    )
    add(
        "--threads",
        type=whole,
        default=os.cpu_count(),
        help="Number of cores for each run.",
    )
    add(
        "--seeds",
        type=options.numbers(int),
        default=[1, 2, 3],
        help="Random seeds.",
    )
    add("--beam_size", type=whole, default=4, help="Of all models.")
    add("--peer_python", help="Python with transformers and PyTorch.")
    add("--peer_parameters", type=whole, help="About how many it has.")
    add("--peer_layers", type=whole, default=3, help="Of each side of it.")
    add(
        "--peer_rates",
        type=options.numbers(float),
        default=[5e-4, 1e-3, 2e-3],
        help="The peer's learning rates to choose from.",
    )
    add(
        "--peer_dropouts",
        type=options.numbers(float),
        default=[0.1, 0.3],
        help="The peer's rates of dropout to choose from.",
    )
    add("--choice_minutes", type=float, help="Minutes of a run to choose by.")
    add(
        "--peer_batch_tokens",
        type=whole,
        default=4096,
        help="Tokens of a batch of both sides, padding included.",
    )
    add(
        "--peer_length_penalty",
        type=float,
        default=1.0,
        help="Of the peer's beam search, in transformers' sense.",
    )
    return parser


if __name__ == "__main__":
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    options.run(main, _parser())

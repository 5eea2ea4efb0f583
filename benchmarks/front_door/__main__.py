r"""From a classifier on the Hub to a served one of one's own, three ways.

    python -m benchmarks.front_door --model=hf://org/name \
        --train_file=banking77/train.csv --test_file=banking77/test.csv \
        --push_to=hf://me/intents \
        --transformers_python=../peers/transformers/bin/python \
        --keras_hub_python=../peers/keras-hub/bin/python

loads the model, predicts two texts, fine-tunes on a CSV file with the columns
`text` and `category`, pushes the new model, serves it, and asks it one
question. Prints seconds and lines of code for each step as a table. Each
library pushes to --push_to with its name behind it. HF_ENDPOINT and HF_TOKEN
are read by the libraries themselves.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping

from tools import options

STEPS = ("load_and_predict", "fine_tune", "push", "serve")
_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))


def main(arguments: argparse.Namespace) -> None:
    pythons = {
        "ours": sys.executable,
        "with_transformers": arguments.transformers_python,
        "with_keras_hub": arguments.keras_hub_python,
    }
    found = {}
    for name, python in pythons.items():
        if python:
            found[name] = _measure(name, os.path.abspath(python), arguments)
            print(json.dumps({name: found[name]}), flush=True)
    print(table(found))


def _measure(name: str, python: str, arguments: argparse.Namespace) -> dict:
    given = {
        "model": arguments.model,
        "texts": ["My card has not arrived.", "How do I top up?"],
        "train": os.path.abspath(arguments.train_file),
        "test": os.path.abspath(arguments.test_file),
        "push_to": f"{arguments.push_to}-{name.replace('_', '-')}",
        "length": 64,
        "rows": 32,
        "epochs": arguments.epochs,
        "learning_rate": arguments.learning_rate,
        "port": arguments.port,
    }
    if name == "with_transformers":
        # It has no scheme before a name.
        given["model"] = arguments.model.removeprefix("hf://")
    tools = os.pathsep.join([os.path.dirname(python), os.environ["PATH"]])
    # A folder of its own: nothing is cached from the contestant before.
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [python, "-m", f"benchmarks.front_door.{name}", json.dumps(given)],
            cwd=folder,
            env={
                **os.environ,
                "PATH": tools,
                "PYTHONPATH": _ROOT,
                "HF_HOME": os.path.join(folder, "cache"),
            },
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    return json.loads(done.stdout.splitlines()[-1])


def table(found: Mapping[str, dict]) -> str:
    """Markdown: a row for each step, seconds and lines for each library."""
    lines = [
        "| step | " + " | ".join(found) + " |",
        "|---|" + "---|" * len(found),
    ]
    for step in STEPS:
        cells = [
            f"{each[step]['seconds']:.0f} s, {each[step]['lines']} lines"
            for each in found.values()
        ]
        lines.append(f"| {step} | " + " | ".join(cells) + " |")
    totals = [
        f"{sum(each[step]['seconds'] for step in STEPS) / 60:.1f} min, "
        f"{sum(each[step]['lines'] for step in STEPS)} lines"
        for each in found.values()
    ]
    lines.append("| total | " + " | ".join(totals) + " |")
    accuracies = [f"{each['accuracy']:.4f}" for each in found.values()]
    lines.append("| accuracy | " + " | ".join(accuracies) + " |")
    return "\n".join(lines)


def _parser() -> options.Parser:
    parser = options.Parser(__doc__)
    add = parser.add_argument
    add("--model", required=True, help="Classifier on the Hub: hf://org/name.")
    add("--train_file", required=True, help="CSV file to train on.")
    add("--test_file", required=True, help="CSV file to evaluate on.")
    add("--push_to", required=True, help="New repositories: hf://org/name.")
    add("--transformers_python", help="Python with transformers.")
    add("--keras_hub_python", help="Python with keras-hub.")
    add("--epochs", type=options.at_least(1), default=3, help="Epochs.")
    add("--learning_rate", type=float, default=5e-4, help="Learning rate.")
    add("--port", type=options.at_least(1), default=8511, help="Port to serve.")
    return parser


if __name__ == "__main__":
    options.run(main, _parser())

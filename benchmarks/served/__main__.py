r"""Texts a second at a p99 below 100 ms: our server, and transformers' models
behind FastAPI.

    pip install 'albert_tf[serve,openvino]'
    python -m benchmarks.served --spm_model_file=30k-clean.model \
        --transformers_python=../peers/torch/bin/python \
        --texts_file=SST-2/dev.tsv

The peer's environment needs torch, transformers, fastapi and uvicorn. A
classifier of base size with random weights is written in Hugging Face's files
and exported by `albert-tf export`. Then servers are started in turn, A B A B,
each on all cores, and clients on the same cores ask for the labels of single
texts. Their number is raised until the slowest hundredth of answers takes more
than --limit_ms. `pipeline` is the server of benchmarks/front_door; `batching`
makes batches of what arrives meanwhile, as ours does. Prints JSON lines, and a
Markdown table at the end.
"""

import argparse
import contextlib
import csv
import functools
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from benchmarks import alternate
from benchmarks import process_tree
from benchmarks.served import load
from tools import options

_LEVELS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
_SECONDS_TO_START = 300
_SAMPLE = 100
_WORDS = (
    "the of and to in was he that his it with as had for she not at but on be "
    "captain river window morning letter garden answered slowly remembered"
).split()
SIZES = {
    "vocab_size": 30000,
    "embedding_size": 128,
    "hidden_size": 768,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "num_hidden_layers": 12,
    "max_position_embeddings": 512,
}


class Contestant(NamedTuple):
    """A server.

    Attributes:
        command: starts it, but for its port.
        environment: variables that it needs.
        path: where it takes requests.
        ready: a path that has an answer as soon as it is ready.
    """

    command: list[str]
    environment: dict[str, str]
    path: str
    ready: str

    def request(self, text: str) -> bytes:
        ours = {"signature_name": "text", "instances": [text]}
        return load.request(
            self.path, ours if self.path.startswith("/v1") else [text]
        )


def contestants(
    arguments: argparse.Namespace, model: str, export: str
) -> dict[str, Contestant]:
    found = {}
    for form in arguments.forms:
        command = [
            *(sys.executable, "-m", "albert_tf", "serve"),
            *(f"--backend={form}", f"m={export}", "--port="),
        ]
        name = f"albert-tf serve, {form}"
        found[name] = Contestant(
            command, {}, "/v1/models/m:predict", "/v1/models/m"
        )
    for form in arguments.rivals:
        kind, _, precision = form.partition("/")
        app = {
            "pipeline": "benchmarks.front_door.transformers_app:app",
            "batching": "benchmarks.served.transformers_batching:app",
        }[kind]
        command = [
            *(arguments.transformers_python, "-m", "uvicorn", app),
            *("--log-level=warning", "--port="),
        ]
        environment = {
            "MODEL": model,
            "PRECISION": precision,
            "HF_HUB_OFFLINE": "1",
        }
        name = f"transformers, FastAPI, {form}"
        found[name] = Contestant(command, environment, "/predict", "/docs")
    return found


@contextlib.contextmanager
def served(contestant: Contestant, folder: str) -> Iterator[tuple[int, int]]:
    """Starts a server; gives its process and its port once it is ready."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    *command, last = contestant.command
    log_path = os.path.join(folder, "server.log")
    with open(log_path, "w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [*command, f"{last}{port}"],
            env={
                **os.environ,
                **contestant.environment,
                "TF_CPP_MIN_LOG_LEVEL": "2",
            },
            stdout=log,
            stderr=log,
        )
    try:
        end = time.monotonic() + _SECONDS_TO_START
        while not _is_ready(port, contestant.ready):
            if process.poll() is not None or time.monotonic() > end:
                with open(log_path, encoding="utf-8") as file:
                    said = file.read()[-2000:]
                raise RuntimeError(f"{command} did not start:\n{said}")
            time.sleep(0.2)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(60)


def _is_ready(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def run(
    arguments: argparse.Namespace,
    contestant: Contestant,
    texts: list[str],
    folder: str,
) -> dict:
    """One climb of a server of its own."""
    requests = [contestant.request(text) for text in texts]
    with (
        served(contestant, folder) as (pid, port),
        process_tree.watching(pid, folder) as watched,
    ):
        # Every length that occurs, alone and in batches.
        load.measure(port, requests, 8, arguments.seconds)
        levels = load.climb(
            lambda clients: load.measure(
                port, requests, clients, arguments.seconds
            ),
            arguments.limit_ms,
            _LEVELS,
        )
    found = load.best(levels, arguments.limit_ms)
    return {
        "texts_per_second": found.texts_per_second if found else 0.0,
        "clients": found.clients if found else 0,
        "p50": found.p50 if found else levels[0].p50,
        "p99": found.p99 if found else levels[0].p99,
        "memory_mb": watched.memory / 1e6,
        "levels": levels,
    }


def read_texts(path: str | None) -> list[str]:
    """Lines, or the column `sentence` or first column of a .tsv; without a
    file, random words, as many as sentences have.
    """
    if path is None:
        rng = np.random.default_rng(0)
        lengths = np.clip(rng.lognormal(2.8, 0.5, 500), 3, 60).astype(int)
        return [" ".join(rng.choice(_WORDS, length)) for length in lengths]
    with open(path, encoding="utf-8") as file:
        if not path.endswith(".tsv"):
            return [line.strip() for line in file if line.strip()]
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        header = next(rows)
        column = header.index("sentence") if "sentence" in header else 0
        return [row[column] for row in rows if row[column].strip()]


def table(found: dict[str, list[dict] | str]) -> str:
    """Markdown: medians of the rounds, the fastest first."""
    lines = [
        "| server | texts/s | rounds | clients | p50, ms | p99, ms | MB |",
        "|---|---|---|---|---|---|---|",
    ]

    def speed(rounds: list[dict] | str) -> float:
        if isinstance(rounds, str):
            return -1.0
        return statistics.median(r["texts_per_second"] for r in rounds)

    for name, rounds in sorted(found.items(), key=lambda pair: -speed(pair[1])):
        if isinstance(rounds, str):
            lines.append(f"| {name} | failed: {rounds.splitlines()[0]} |||||")
            continue
        each = ", ".join(f"{r['texts_per_second']:.1f}" for r in rounds)
        clients = ", ".join(str(r["clients"]) for r in rounds)
        p50, p99, memory = (
            statistics.median(r[key] for r in rounds)
            for key in ("p50", "p99", "memory_mb")
        )
        lines.append(
            f"| {name} | {speed(rounds):.1f} | {each} | {clients} | "
            f"{p50:.0f} | {p99:.0f} | {memory:.0f} |"
        )
    return "\n".join(lines)


def main(arguments: argparse.Namespace) -> None:
    texts = read_texts(arguments.texts_file)
    with tempfile.TemporaryDirectory() as home:
        model, export = os.path.join(home, "hf"), os.path.join(home, "export")
        versions = alternate.run_worker(
            arguments.transformers_python,
            "benchmarks.served.transformers_model",
            {
                "config": {**SIZES, "num_hidden_layers": arguments.layers},
                "vocabulary": arguments.spm_model_file,
                "folder": model,
            },
            len(os.sched_getaffinity(0)),
        )
        print(json.dumps(versions), flush=True)
        _export(arguments.forms, model, export, texts)

        def worker(name: str, contestant: Contestant) -> dict:
            found = run(arguments, contestant, texts, home)
            print(json.dumps({"server": name, **found}), flush=True)
            return found

        workers = {
            name: functools.partial(worker, name, contestant)
            for name, contestant in contestants(
                arguments, model, export
            ).items()
        }
        found = alternate.alternate(workers, arguments.rounds)
    print(f"\nLoad average at the end: {os.getloadavg()[0]:.1f}\n")
    print(table(found))


def _export(
    forms: list[str], model: str, export: str, texts: list[str]
) -> None:
    names = {form.split("/")[0] for form in forms}
    quantizations = [
        f"--{name}_quantizations="
        + ",".join(f.split("/")[1] for f in forms if f.startswith(f"{name}/"))
        for name in ("onnx", "openvino")
        if name in names
    ]
    # Forms that round weights ask for a sample, which calibrates int8; a model
    # of random weights has no score to lose.
    sample = f"{model}.csv"
    with open(sample, "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["text", "label"])
        rows.writerows(
            [text, number % 2] for number, text in enumerate(texts[:_SAMPLE])
        )
    done = subprocess.run(
        [
            *(sys.executable, "-m", "albert_tf", "export"),
            *(f"--eval_file={sample}", "--text_column=text"),
            *("--label_column=label", "--max_metric_drop=1"),
            *(f"--checkpoint={model}", f"--output={export}"),
            f"--formats={','.join(sorted({'savedmodel', *names}))}",
            *quantizations,
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"albert-tf export failed:\n{done.stderr[-2000:]}")


def _parser() -> options.Parser:
    parser = options.Parser(__doc__)
    add = parser.add_argument
    add(
        "--transformers_python",
        required=True,
        help="Python of an environment with the peer.",
    )
    add(
        "--spm_model_file",
        required=True,
        help="SentencePiece model of the vocabulary, of 30,000 pieces.",
    )
    add("--texts_file", help="Lines of text or a .tsv; random words if none.")
    add(
        "--forms",
        type=options.names,
        default="savedmodel_bfloat16,openvino/bfloat16",
        help="Forms of ours, as --backend of albert-tf serve.",
    )
    add(
        "--rivals",
        type=options.names,
        default="batching/bfloat16,pipeline/float32",
        help="pipeline or batching, with a precision.",
    )
    add("--limit_ms", type=float, default=100.0, help="Limit of p99.")
    add("--seconds", type=float, default=6.0, help="Of each level.")
    add("--rounds", type=options.at_least(1), default=2, help="Of all servers.")
    add("--layers", type=options.at_least(1), default=12, help="Layers.")
    return parser


if __name__ == "__main__":
    options.run(main, _parser())

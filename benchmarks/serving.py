r"""Measures the server under load, and checks that its answers are right.

    python -m benchmarks.serving --model_dir=export --clients=64 --seconds=60

Starts `albert-tf serve` and asks each question alone first. Then all clients
ask at the same time, each its next question once it has an answer, and compare
the answers with those given alone. Prints JSON: the number of requests, of
failed ones by status and of wrong answers, requests per second, latency in
milliseconds, mean rows per batch, and the server's resident memory in MB
before, during and after. The exit code is 1 if an answer was wrong.
"""

import argparse
import http.client
import itertools
import json
import math
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time

import numpy as np

from tools import options

_NAME = "measured"
_WORDS = (
    "the of and to in was he that his it with as had for she not at but on be "
    "captain river window morning letter garden answered slowly remembered"
).split()


class Client:
    """One connection that stays open."""

    def __init__(self, port: int):
        self._connection = http.client.HTTPConnection(
            "127.0.0.1", port, timeout=120
        )

    def get(self, path: str) -> str:
        self._connection.request("GET", path)
        return self._connection.getresponse().read().decode()

    def ask(self, signature: str, row: dict) -> tuple[int, dict]:
        body = {"signature_name": signature, "instances": [row]}
        path = f"/v1/models/{_NAME}:predict"
        self._connection.request("POST", path, json.dumps(body))
        response = self._connection.getresponse()
        return response.status, json.loads(response.read())


def same(first, second) -> bool:
    """Whether answers are equal, numbers to a thousandth."""
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(
            same(first[key], second[key]) for key in first
        )
    if isinstance(first, list):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, float):
        return math.isclose(first, second, rel_tol=1e-3, abs_tol=1e-4)
    return first == second


def make_questions(arguments: argparse.Namespace, inputs: dict) -> list[dict]:
    """Random rows for the inputs of a signature."""
    rng = random.Random(0)
    if arguments.texts_file:
        with open(arguments.texts_file, encoding="utf-8") as file:
            texts = [line.strip() for line in file if line.strip()]
    else:
        texts = [
            " ".join(rng.choices(_WORDS, k=rng.randint(3, 60)))
            for _ in range(arguments.questions)
        ]

    def text():
        words = rng.choice(texts).split()
        if arguments.mask_every:
            for index in range(1, len(words), arguments.mask_every):
                words[index] = "[MASK]"
        return " ".join(words)

    ranks = {k: len(v["tensor_shape"]["dim"]) for k, v in inputs.items()}
    return [
        {
            k: text() if rank == 1 else [text(), text()]
            for k, rank in ranks.items()
        }
        for _ in range(arguments.questions)
    ]


def inputs_of(metadata: dict, name: str) -> dict:
    """The inputs of a signature that takes texts.

    Args:
        metadata: the answer of the server's /metadata.
        name: name of the signature.
    Raises:
        ValueError: the model has no such signature.
    """
    signatures = metadata["metadata"]["signature_def"]["signature_def"]
    of_texts = {
        key: value["inputs"]
        for key, value in signatures.items()
        if {x["dtype"] for x in value["inputs"].values()} == {"DT_STRING"}
    }
    if name not in of_texts:
        raise ValueError(
            "--signature must be a signature of the model that takes texts: "
            f"{', '.join(sorted(of_texts)) or 'it has none'}. Received: "
            f"{name!r}."
        )
    return of_texts[name]


def start_server(
    arguments: argparse.Namespace,
) -> tuple[subprocess.Popen, int, list[str]]:
    """Starts the server; returns its process, its port and its log."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "albert_tf.serve", "--port=0"),
            *arguments.server_flags,
            f"{_NAME}={arguments.model_dir}",
        ],
        stderr=subprocess.PIPE,
        text=True,
    )
    log = []
    for line in process.stderr:
        log.append(line)
        found = re.search(r"Serving at http://127\.0\.0\.1:(\d+)", line)
        if found:
            # Keep reading, or the log would fill the pipe.
            threading.Thread(
                target=log.extend, args=[process.stderr], daemon=True
            ).start()
            return process, int(found[1]), log
    raise ValueError(
        "--model_dir and --server_flags must be such that the server starts. "
        f"Received: {arguments.model_dir}, and:\n{''.join(log)}"
    )


def metric(port: int, name: str) -> float:
    # A new connection, since the server closes idle ones.
    found = re.search(rf"^{name} (\S+)", Client(port).get("/metrics"), re.M)
    return float(found[1])


def memory(port: int) -> float:
    """The server's resident memory in MB."""
    return round(metric(port, "process_resident_memory_bytes") / 1e6, 1)


def measure(arguments: argparse.Namespace, port: int) -> dict:
    client = Client(port)
    metadata = json.loads(client.get(f"/v1/models/{_NAME}/metadata"))
    questions = make_questions(
        arguments, inputs_of(metadata, arguments.signature)
    )
    expected = []
    for question in questions:
        status, answer = client.ask(arguments.signature, question)
        if status != 200:
            raise RuntimeError(f"{status}: {answer}, to {question}")
        expected.append(answer)

    seconds, wrong, failed = [], [], {}
    end = time.monotonic() + arguments.seconds

    def work(number):
        mine = Client(port)
        turns = itertools.count(number * 7919)
        while time.monotonic() < end:
            turn = next(turns) % len(questions)
            start = time.monotonic()
            status, answer = mine.ask(arguments.signature, questions[turn])
            seconds.append(time.monotonic() - start)
            if status != 200:
                failed[status] = failed.get(status, 0) + 1
            elif not same(expected[turn], answer):
                wrong.append((questions[turn], expected[turn], answer))

    before = memory(port)
    threads = [
        threading.Thread(target=work, args=[number])
        for number in range(arguments.clients)
    ]
    for thread in threads:
        thread.start()
    time.sleep(arguments.seconds / 2)
    middle = memory(port)
    for thread in threads:
        thread.join()
    after = memory(port)
    # The questions that were asked alone are not counted.
    rows = metric(port, "albert_batch_rows_sum") - len(questions)
    batches = metric(port, "albert_batch_rows_count") - len(questions)
    if wrong:
        print("The first wrong answer:", *wrong[0], sep="\n", file=sys.stderr)
    p50, p95, p99 = (np.percentile(seconds, [50, 95, 99]) * 1000).tolist()
    return {
        "clients": arguments.clients,
        "cores": len(os.sched_getaffinity(0)),
        "requests": len(seconds),
        "failed": failed,
        "wrong": len(wrong),
        "requests_per_second": round(len(seconds) / arguments.seconds, 1),
        "p50_ms": round(p50, 1),
        "p95_ms": round(p95, 1),
        "p99_ms": round(p99, 1),
        "batch_rows": round(rows / batches, 1),
        "memory_mb": [before, middle, after],
    }


def main(arguments: argparse.Namespace) -> None:
    process, port, log = start_server(arguments)
    try:
        result = measure(arguments, port)
    except OSError as error:
        code = process.poll()
        raise RuntimeError(
            f"The server ended early with exit code {code}:\n{''.join(log)}"
        ) from error
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    print(json.dumps(result))
    sys.exit(1 if result["wrong"] else 0)


def _parser() -> options.Parser:
    parser = options.Parser(__doc__)
    add = parser.add_argument
    add(
        "--model_dir",
        required=True,
        help="Folder of an exported model.",
    )
    add(
        "--texts_file",
        help="File with one text per line. If left out, random words.",
    )
    add(
        "--signature",
        default="text",
        help="Signature to call; it must take texts.",
    )
    add(
        "--clients",
        type=int,
        default=64,
        help="Number of clients that send requests at the same time.",
    )
    add(
        "--seconds",
        type=float,
        default=60,
        help="Duration of the measurement in seconds.",
    )
    add(
        "--questions",
        type=int,
        default=500,
        help="Number of different questions.",
    )
    add(
        "--mask_every",
        type=int,
        default=0,
        help="Replace every n-th word with [MASK]; 0: none.",
    )
    add(
        "--server_flags",
        type=options.names,
        default="",
        help="Further flags for the server.",
    )
    return parser


if __name__ == "__main__":
    options.run(main, _parser())

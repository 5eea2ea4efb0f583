"""What the workers share: what they are given, and how a step is measured."""

import ast
import inspect
import json
import os
import pathlib
import subprocess
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from typing import NamedTuple

from benchmarks import measure

_SECONDS_TO_START = 600


class Given(NamedTuple):
    """What each worker is given.

    Attributes:
        model: a classifier on the Hub, hf://org/name.
        texts: texts to predict.
        train, test: CSV files with the columns `text` and `category`.
        push_to: the repository of the new model, hf://org/name.
        length, rows, epochs, learning_rate: settings of fine-tuning.
        port: the port of the server.
    """

    model: str
    texts: list[str]
    train: str
    test: str
    push_to: str
    length: int
    rows: int
    epochs: int
    learning_rate: float
    port: int


class Server(NamedTuple):
    """A server that was started, and a request that it answers."""

    process: subprocess.Popen
    url: str
    request: Any


def run(steps: list[Callable[[Given], Any]], app: str | None = None) -> None:
    """Runs the steps, and prints seconds and lines of code for each.

    Args:
        steps: functions of what is given. One that returns a Server is timed
            until the server has answered.
        app: a file here that the server runs, if users have to write it.
    """
    given = Given(**measure.settings())
    os.environ["MODEL"] = given.push_to
    found: dict[str, Any] = {}
    for step in steps:
        begin = time.perf_counter()
        result = step(given)
        if isinstance(result, Server):
            found["answer"] = _ask(result)
            code = _file(app) if app else ""
        else:
            code = ""
        seconds = time.perf_counter() - begin
        source = textwrap.dedent(inspect.getsource(step))
        found[step.__name__] = {
            "seconds": seconds,
            # Without the line of `def`.
            "lines": lines_of_code(source) - 1 + lines_of_code(code),
        }
        if isinstance(result, float):
            found["accuracy"] = result
    print(json.dumps(found))


def lines_of_code(source: str) -> int:
    """Lines that are neither blank, nor comments, nor docstrings."""
    texts = {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    lines = enumerate(map(str.strip, source.splitlines()), 1)
    return sum(
        bool(line) and not line.startswith("#") and number not in texts
        for number, line in lines
    )


def _file(name: str) -> str:
    return pathlib.Path(__file__).with_name(name).read_text()


def _ask(server: Server) -> Any:
    request = urllib.request.Request(
        server.url,
        json.dumps(server.request).encode(),
        {"Content-Type": "application/json"},
    )
    deadline = time.monotonic() + _SECONDS_TO_START
    try:
        while True:
            try:
                with urllib.request.urlopen(request) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                raise RuntimeError(error.read().decode()) from error
            except urllib.error.URLError as error:
                ended = server.process.poll() is not None
                if ended or time.monotonic() > deadline:
                    raise RuntimeError(f"No answer: {error}") from error
                time.sleep(0.2)
    finally:
        server.process.terminate()
        server.process.wait()

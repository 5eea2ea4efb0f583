"""Runs the steps of docker/server.Dockerfile without Docker, and its server.

    python -m tools.image_check --wheel=dist/albert_tf-0.1.0-py3-none-any.whl \\
        --model=export --folder=/tmp/image

The steps that install run as they are, with /opt and /packages below --folder,
which should be new. The command of the image then serves --model until its
health check passes and one text is answered, and is told to end by SIGTERM.
Prints what it found as one JSON line. Neither the base image nor the user of
the image is part of this.

Needs dockerfile-parse, which the extra [test] brings.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

from tools import options

ROOT = pathlib.Path(__file__).parent.parent
DOCKERFILE = ROOT / "docker/server.Dockerfile"
# The port of the image, and where it expects a model.
_PORT, _MODEL = "8501", "/model"
_START_SECONDS, _END_SECONDS = 120, 40

Steps = list[tuple[str, str]]


def steps_of(dockerfile: pathlib.Path) -> Steps:
    """Instructions and their values, without comments, in order."""
    import dockerfile_parse

    with dockerfile.open("rb") as file:
        parser = dockerfile_parse.DockerfileParser(fileobj=file)
        found = parser.structure
    return [
        (step["instruction"], step["value"])
        for step in found
        if step["instruction"] != "COMMENT"
    ]


def install(steps: Steps, wheel: pathlib.Path, folder: pathlib.Path) -> None:
    """Runs the first stage.

    Raises:
        ValueError: a step fails.
    """
    second = [name for name, _ in steps].index("FROM", 2)
    path = f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    for name, value in steps[:second]:
        if name == "ARG":
            key, _, default = value.partition("=")
            environment[key] = default
        elif name == "COPY":
            *sources, target = _moved(value, folder).split()
            pathlib.Path(target).mkdir(parents=True, exist_ok=True)
            for source in sources:
                is_wheel = source.endswith(".whl")
                shutil.copy(wheel if is_wheel else ROOT / source, target)
        elif name == "RUN":
            command = ["bash", "-e", "-c", _moved(value, folder)]
            code = subprocess.run(command, env=environment).returncode
            if code:
                raise ValueError(
                    f"RUN must end with exit code 0. Received: {code} from "
                    f"{value}"
                )


def serve(steps: Steps, model: str, folder: pathlib.Path) -> dict[str, object]:
    """Runs the command of the image until it has answered.

    Returns:
        "seconds" until it was healthy, "answer" and "exit_code".
    """
    last = dict(steps)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    start = json.loads(last["ENTRYPOINT"]) + json.loads(last["CMD"])
    start = [model if word == _MODEL else word for word in start]
    check = json.loads(last["HEALTHCHECK"].partition("CMD")[2])
    check = [word.replace(_PORT, port) for word in check]
    environment = _environment(last["ENV"], folder)
    begin = time.monotonic()
    server = subprocess.Popen([*start, f"--port={port}"], env=environment)
    try:
        while subprocess.run(
            check, env=environment, stderr=subprocess.DEVNULL
        ).returncode:
            if server.poll() is not None:
                raise ValueError(
                    "The server must stay until it is told to end. Received: "
                    f"exit code {server.returncode}."
                )
            if time.monotonic() - begin > _START_SECONDS:
                raise ValueError(
                    f"The server must be healthy within {_START_SECONDS} s."
                )
            time.sleep(0.5)
        seconds = round(time.monotonic() - begin, 1)
        answer = _ask(port, os.path.basename(model))
    finally:
        server.terminate()
        code = server.wait(_END_SECONDS)
    return {"seconds": seconds, "answer": answer, "exit_code": code}


def _ask(port: str, name: str) -> object:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/models/{name}:predict",
        data=json.dumps({"instances": ["a banana"]}).encode(),
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def _environment(value: str, folder: pathlib.Path) -> dict[str, str]:
    """Only what the image has: nothing of this machine's Python."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    for pair in _moved(value, folder).split():
        key, _, text = pair.partition("=")
        environment[key] = text.replace("$PATH", environment["PATH"])
    return environment


def _moved(text: str, folder: pathlib.Path) -> str:
    """With the image's folders below another one."""
    return re.sub(r"(?<![\w.])/(?=(opt|packages)\b)", f"{folder}/", text)


def main(arguments: argparse.Namespace) -> None:
    steps = steps_of(DOCKERFILE)
    folder = pathlib.Path(arguments.folder).resolve()
    install(steps, pathlib.Path(arguments.wheel), folder)
    model = os.path.abspath(arguments.model)
    print(json.dumps(serve(steps, model, folder)))


if __name__ == "__main__":
    parser = options.Parser(__doc__)
    parser.add_argument("--wheel", required=True, help="the package's wheel")
    parser.add_argument("--model", required=True, help="an export")
    parser.add_argument("--folder", required=True, help="a new folder")
    options.run(main, parser)

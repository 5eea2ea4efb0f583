"""Small SavedModels with the signatures of an export, and a server of them.

Their answers are computed by real operations from the text, in a way that the
tests can compute too: whose answer it is can be told.
"""

import concurrent.futures
import http.client
import importlib.util
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
from embedding_paths import build_index
from page_script import called

ROOT = pathlib.Path(__file__).parent.parent.parent


class Server:
    """A server process and one connection to it."""

    def __init__(self, *arguments: str, files: int | None = None):
        limit = () if files is None else ("prlimit", f"--nofile={files}")
        self.process = subprocess.Popen(
            [
                *(*limit, sys.executable),
                *("-m", "albert_tf.serve", "--port=0", *arguments),
            ],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self.log = []
        for line in self.process.stderr:
            self.log.append(line)
            found = re.search(r"Serving at (http://\S+?:(\d+))", line)
            if found:
                self.url, self.port = found[1], int(found[2])
                break
        else:
            raise RuntimeError("".join(self.log))
        threading.Thread(
            target=lambda: self.log.extend(self.process.stderr), daemon=True
        ).start()

    def send(self, method: str, path: str, body=None, headers=None):
        """Status, headers and body."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=60
        )
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def connect(self, content: bytes = b"") -> socket.socket:
        """A connection by which something has been sent."""
        connection = socket.create_connection(
            ("127.0.0.1", self.port), timeout=60
        )
        connection.sendall(content)
        return connection

    def get(self, path: str):
        """Status and JSON."""
        status, _, body = self.send("GET", path)
        return status, json.loads(body)

    def predict(self, model: str, content, version: str = ""):
        """Status and JSON; `content` as bytes is sent as it is."""
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        path = f"/v1/models/{model}{version}:predict"
        status, _, body = self.send("POST", path, content)
        return status, json.loads(body)

    def rows(self, model: str, *rows, signature: str = "text"):
        """The predictions for rows."""
        status, answer = self.predict(
            model, {"signature_name": signature, "instances": list(rows)}
        )
        assert status == 200, answer
        return answer["predictions"]

    def metric(self, name: str) -> float:
        _, _, body = self.send("GET", "/metrics")
        found = re.search(rf"^{re.escape(name)} (\S+)$", body.decode(), re.M)
        return float(found[1])

    def terminate(self, timeout: float = 30) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout)


@pytest.fixture(scope="session")
def start_server():
    """Starts servers; what still runs at the end is killed."""
    started = []

    def start(*arguments: str, files: int | None = None) -> Server:
        started.append(Server(*arguments, files=files))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()


@pytest.fixture(scope="session")
def exports(tmp_path_factory) -> pathlib.Path:
    """SavedModels by name, and `numbered` with versions 2 and 10."""
    folder = tmp_path_factory.mktemp("exports")
    for name in ("small_models", "page_models", "letter_models"):
        path = pathlib.Path(__file__).with_name(f"{name}.py")
        spec = importlib.util.spec_from_file_location(name, path)
        models = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(models)
        models.main(folder)
    return folder


@pytest.fixture(scope="session")
def timeout() -> int:
    """Seconds that the server gives a request; the machine may be busy."""
    return 4


@pytest.fixture(scope="module")
def server(start_server, exports, timeout):
    """A server of all exports, with limits that tests can reach."""
    names = "sentiment names answers choose masks slow numbered".split()
    return start_server(
        f"--timeout={timeout}",
        "--max_requests=40",
        "--max_text_bytes=3000",
        "--max_padded=64000",
        "--max_masks=100",
        "--max_values=1500",
        "--max_body_bytes=300000",
        "--batch_wait_ms=20",
        *(str(exports / name) for name in names),
    )


@pytest.fixture
def pool():
    """Threads to ask from."""
    with concurrent.futures.ThreadPoolExecutor(60) as executor:
        yield executor


@pytest.fixture(scope="package")
def letter_server(start_server, exports, tmp_path_factory):
    """A server of `letters` with an index, two rerankers, and another model."""
    index = str(tmp_path_factory.mktemp("index") / "words")
    build_index(index, str(exports / "letters"))
    names = ("sentiment", "letters", "same", "closer")
    return start_server(
        "--max_rows=16",
        "--max_text_bytes=3000",
        f"--index={index}",
        "--query_prompt=query",
        *(str(exports / name) for name in names),
    )


@pytest.fixture(scope="package")
def page_server(start_server, exports):
    """A server of four kinds of model; the page is looked at there."""
    # Loaded fastest of all. `score` alone has offsets, `names` no `explain`.
    names = ("sentiment", "names", "masks", "score")
    return start_server(*(str(exports / name) for name in names))


@pytest.fixture(scope="package")
def browser(tmp_path_factory):
    from selenium import webdriver

    programs = [shutil.which(name) for name in ("chromium", "chromedriver")]
    if not all(programs):
        pytest.skip(
            "needs chromium and chromedriver; on Debian: apt install chromium "
            "chromium-driver"
        )
    options = webdriver.ChromeOptions()
    options.binary_location = programs[0]
    profile = tmp_path_factory.mktemp("profile")
    for argument in (
        "--headless=new",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        f"--user-data-dir={profile}",
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(programs[1])
    driver = webdriver.Chrome(options, service)
    yield driver
    driver.quit()


@pytest.fixture
def opened(page_server, browser):
    """The browser, which shows the page; it is loaded where need be."""
    ready = "return Boolean(document.querySelector('#facts dl'));"
    is_here = browser.current_url == f"{page_server.url}/"
    if not is_here or not browser.execute_script(ready):
        browser.get(page_server.url)
        while not browser.execute_script(ready):
            time.sleep(0.02)
    return browser


@pytest.fixture
def drawn(opened):
    """Draws an answer and gives its words."""

    def draw(kind, inputs, answer, **facts):
        text = called(
            opened,
            """
            const [model, inputs, answer] = given;
            const { draw } = await import("/draw.js");
            const place = document.getElementById("answer");
            place.replaceChildren(...draw(model, inputs, answer));
            place.hidden = false;
            return place.innerText;
            """,
            {"kind": kind, "labels": [], **facts},
            inputs,
            answer,
        )
        return " ".join(text.split())

    return draw

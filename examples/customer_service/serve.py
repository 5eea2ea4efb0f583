"""Serves a customer service: a page to ask it, and POST /ask.

    python examples/customer_service/serve.py runs/service --port=8080

    curl -d '{"question": "where is my luggage?"}' localhost:8080/ask

It needs the extra `serve`. Connections, hosts and bodies are bounded as in
albert-tf serve; a stop signal lets accepted requests end.
"""

import argparse
import asyncio
import contextlib
import json
import pathlib
import socket
import sys
from collections.abc import Callable
from concurrent import futures
from typing import Any

import albert_tf  # noqa: F401  before tensorflow, which it configures

# isort: split
import fastapi
import service_folder
from absl import logging
from starlette import requests

from albert_tf.serving import server
from albert_tf.serving.http import admission
from albert_tf.serving.http import bodies
from albert_tf.serving.http import budget
from albert_tf.serving.http import connections as connections_lib
from albert_tf.serving.http import entrance
from albert_tf.serving.http import hosts
from albert_tf.serving.http import listening
from albert_tf.serving.models import errors
from albert_tf.serving.models import metrics

_PAGE = pathlib.Path(__file__).parent / "page"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
# No content from other sites, no inline code, no embedding in frames.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; "
    "style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}
_MAX_BODY, _MAX_REQUESTS = 1 << 16, 64
_PATIENCE, _TIMEOUT = 30.0, 30.0
Ask = Callable[..., dict[str, Any]]


def main(given: list[str] | None = None) -> None:
    args = arguments(given)
    logging.set_verbosity(logging.INFO)
    try:
        listener = listening.listen(args.host, args.port)
        with contextlib.closing(listener):
            ask = service_folder.load(args.folder)
            about = service_folder.about(args.folder)
            named = {args.host, listener.getsockname()[0]}
            known = hosts.Hosts(
                named, filter(None, args.allowed_hosts.split(","))
            )
            run(ask, about, known, listener)
    except (ValueError, OSError, ImportError) as error:
        sys.exit(f"Error: {error}")


def arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", help="What train.py wrote.")
    parser.add_argument("--host", default="127.0.0.1", help="Address.")
    parser.add_argument("--port", type=int, default=8080, help="Port.")
    parser.add_argument(
        "--allowed_hosts",
        default="",
        help="Names, separated by commas, by which requests may call the "
        "server besides localhost and --host.",
    )
    return parser.parse_args(given)


def run(
    ask: Ask, about: dict[str, Any], known: hosts.Hosts, listener: socket.socket
) -> None:
    """Serves until a signal ends it."""
    gate = admission.Gate(_MAX_REQUESTS, metrics.Metrics())
    connections = connections_lib.Connections(
        listening.max_connections(), _PATIENCE
    )
    app = entrance.Entrance(application(ask, about, gate), known)
    asyncio.run(server.serve(app, gate, connections, listener))


def application(
    ask: Ask, about: dict[str, Any], gate: admission.Gate
) -> fastapi.FastAPI:
    """The page, and POST /ask with {"question": ..., "passage": ...}.

    Args:
        ask: answers a question, or raises ValueError.
        about: what train.py measured, for the page.
        gate: bounds the number of requests.
    """
    app = fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    held = budget.Budget("requests", _MAX_REQUESTS * _MAX_BODY)
    # One question at a time: the models use all cores for each.
    worker = futures.ThreadPoolExecutor(1, "models")

    @app.post("/ask")
    async def answer(request: fastapi.Request) -> fastapi.Response:
        with gate.arrive(), held.share() as share:
            body = await bodies.read(request, _MAX_BODY, share)
            asked = _parsed(bytes(body))
            loop = asyncio.get_running_loop()

            async def work() -> dict[str, Any]:
                return await loop.run_in_executor(worker, lambda: ask(**asked))

            with gate.enter():
                found = await bodies.while_connected(request, work(), _TIMEOUT)
        return _json(found)

    @app.get("/about.json")
    async def measured() -> fastapi.Response:
        return _json(about)

    @app.exception_handler(errors.Refused)
    async def refused(request: fastapi.Request, error: Any) -> Any:
        return errors.response(error, request.url.path)

    @app.exception_handler(requests.ClientDisconnect)
    async def left(request: fastapi.Request, error: Any) -> Any:
        return fastapi.Response(status_code=400)

    @app.exception_handler(ValueError)
    async def wrong(request: fastapi.Request, error: Any) -> Any:
        return _json({"error": str(error)}, 400)

    for file in _PAGE.iterdir():
        path = "/" if file.name == "index.html" else f"/{file.name}"
        app.add_api_route(path, _sender(file))
    return app


def _parsed(body: bytes) -> dict[str, str]:
    """The question and the passage of a request.

    Raises:
        ValueError: the body is another thing.
    """
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict) or not {"question"} <= {*asked} <= {
        "question",
        "passage",
    }:
        raise ValueError(
            'The body must be a JSON object with "question" and, if the answer '
            'is to be found in a text, "passage". Received: '
            f"{body[:60].decode(errors='replace')!r}."
        )
    return asked


def _sender(file: pathlib.Path) -> Callable[[], Any]:
    content, media_type = file.read_bytes(), _TYPES[file.suffix]

    async def send() -> fastapi.Response:
        return fastapi.Response(
            content, media_type=media_type, headers=_HEADERS
        )

    return send


def _json(content: dict[str, Any], code: int = 200) -> fastapi.Response:
    return fastapi.Response(
        json.dumps(content, ensure_ascii=False).encode(),
        code,
        media_type="application/json",
    )


if __name__ == "__main__":
    main()

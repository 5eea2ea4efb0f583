"""The page for trying models, and the facts that it shows about them."""

import pathlib
from collections.abc import Awaitable
from collections.abc import Callable

import fastapi
import orjson

from albert_tf.serving.forms import search
from albert_tf.serving.models import saved_model

_FOLDER = pathlib.Path(__file__).parent
_TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
}
_INDEX = "index.html"
_HEADERS = {
    # No content from other sites, no inline code, no embedding in frames.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        "connect-src 'self'; img-src data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}

# Entries of an export's config.json, and sizes in it, that the page shows.
_FACTS = {
    "kind": str,
    "task": str,
    "num_texts": int,
    "max_seq_length": int,
    "embedding": dict,
    "embedding_size": int,
    "decoding": dict,
    "parameters": int,
    "null_score_threshold": int | float,
    "versions": dict,
}
_SIZES = {
    "layers": "num_hidden_layers",
    "hidden_size": "hidden_size",
    "vocab_size": "vocab_size",
}


def router(
    models: dict[str, saved_model.Model], index: search.Index | None
) -> fastapi.APIRouter:
    """The routes of the page."""
    routes = fastapi.APIRouter()
    for file in sorted(_FOLDER.iterdir()):
        if file.suffix in _TYPES:
            path = "/" if file.name == _INDEX else f"/{file.name}"
            sender = _sender(file.read_bytes(), _TYPES[file.suffix])
            routes.add_api_route(path, sender)
    described = orjson.dumps(
        [_describe(model, index) for model in models.values()]
    )
    routes.add_api_route("/models.json", _sender(described, "application/json"))
    return routes


def _sender(
    content: bytes, media_type: str
) -> Callable[[], Awaitable[fastapi.Response]]:
    async def send() -> fastapi.Response:
        return fastapi.Response(
            content, media_type=media_type, headers=_HEADERS
        )

    return send


def _describe(model: saved_model.Model, index: search.Index | None) -> dict:
    """Facts about a model; None if missing or of the wrong type."""
    documents = None
    if index is not None and index.model == model.name:
        documents = {"size": index.size, "examples": index.examples}
    config = model.config
    sizes = config.get("albert")
    sizes = sizes if isinstance(sizes, dict) else {}
    labels = config.get("labels")
    return {
        "name": model.name,
        "version": str(model.version),
        "signatures": sorted(model.signatures),
        "index": documents,
        "labels": [str(x) for x in labels] if isinstance(labels, list) else [],
        **{name: _typed(config.get(name), of) for name, of in _FACTS.items()},
        **{name: _typed(sizes.get(key), int) for name, key in _SIZES.items()},
        "calibration": _calibration(config),
    }


def _calibration(config: dict) -> dict | None:
    """The thresholds of a calibrated model that answers are explained with."""
    found = config.get("calibration")
    if not isinstance(found, dict):
        return None
    return {
        name: _typed(found.get(name), int | float)
        for name in ("none_threshold", "coverage")
    }


def _typed(value, of):
    return value if isinstance(value, of) else None

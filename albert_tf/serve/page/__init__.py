"""The page for people, and what it has to know of the models."""

import pathlib

import fastapi
import orjson

from albert_tf.serve import saved_model

_FOLDER = pathlib.Path(__file__).parent
_FILES = {
    "/": ("index.html", "text/html"),
    "/page.js": ("page.js", "text/javascript"),
    "/draw.js": ("draw.js", "text/javascript"),
    "/page.css": ("page.css", "text/css"),
}
_HEADERS = {
    # Nothing from elsewhere, nothing inline, in nobody's frame.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        "connect-src 'self'; img-src data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def router(models: dict[str, saved_model.Model]) -> fastapi.APIRouter:
    """The page's paths."""
    routes = fastapi.APIRouter()
    for path, (file, media_type) in _FILES.items():
        content = (_FOLDER / file).read_bytes()
        routes.add_api_route(path, _sender(content, media_type))
    described = orjson.dumps([_describe(model) for model in models.values()])
    routes.add_api_route("/models.json", _sender(described, "application/json"))
    return routes


def _sender(content: bytes, media_type: str):
    async def send() -> fastapi.Response:
        return fastapi.Response(
            content, media_type=media_type, headers=_HEADERS
        )

    return send


def _describe(model: saved_model.Model) -> dict:
    names = ("kind", "task", "num_texts", "labels")
    return {
        "name": model.name,
        "signatures": sorted(model.signatures),
        **{name: model.config.get(name) for name in names},
    }

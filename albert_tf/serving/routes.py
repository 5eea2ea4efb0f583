"""The paths for embeddings, ranks and searches."""

import functools
from collections.abc import Callable

import fastapi

from albert_tf.serving import handler as handler_lib
from albert_tf.serving.forms import choice
from albert_tf.serving.forms import inference
from albert_tf.serving.forms import openai
from albert_tf.serving.forms import search
from albert_tf.serving.http import limits as limits_lib
from albert_tf.serving.models import errors
from albert_tf.serving.models import requests

_PARSERS: dict[
    str,
    Callable[[bytearray, choice.Models, limits_lib.Limits], requests.Request],
] = {
    errors.OPENAI: openai.parse,
    "/rerank": inference.parse_rerank,
    "/embed": inference.parse_embed,
}


def router(
    models: choice.Models,
    handler: handler_lib.Handler,
    index: search.Index | None,
) -> fastapi.APIRouter:
    """The routes.

    Args:
        models: models by name.
        handler: answers requests.
        index: what /search searches; None for no such path.
    """
    routes = fastapi.APIRouter()
    parsers = dict(_PARSERS)
    if index is not None:
        parsers[search.PATH] = functools.partial(search.parse, index)

    async def ask(request: fastapi.Request) -> fastapi.Response:
        parse = parsers[request.url.path]
        return await handler.handle(
            request, lambda: lambda body: parse(body, models, handler.limits)
        )

    for path in parsers:
        routes.add_api_route(path, ask, methods=["POST"])
    return routes

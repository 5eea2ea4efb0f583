"""The HTTP API of the server: TensorFlow Serving's, and a few more paths."""

from collections.abc import Mapping
from typing import Any

import fastapi
import orjson
from starlette import exceptions

from albert_tf.serving import handler as handler_lib
from albert_tf.serving import page
from albert_tf.serving import routes
from albert_tf.serving.forms import openai
from albert_tf.serving.forms import search
from albert_tf.serving.http import admission
from albert_tf.serving.http import limits as limits_lib
from albert_tf.serving.models import errors
from albert_tf.serving.models import metrics as metrics_lib
from albert_tf.serving.models import requests
from albert_tf.serving.models import saved_model

_HERE = (
    "This server has GET / (a page to try the models), GET /v1/models, GET "
    "/v1/models/NAME, GET /v1/models/NAME/metadata, POST "
    "/v1/models/NAME:predict, POST /v1/embeddings, POST /embed, POST /rerank, "
    "POST /search (with --index), GET /healthz and GET /metrics."
)


def create(
    models: dict[str, saved_model.Model],
    handler: handler_lib.Handler,
    gate: admission.Gate,
    metrics: metrics_lib.Metrics,
    index: search.Index | None = None,
) -> fastapi.FastAPI:
    """Creates the application.

    Args:
        models: models by name.
        handler: answers requests.
        gate: says whether the server is shutting down.
        metrics: shown by /metrics.
        index: searched by /search, if there is one.
    """
    listed = openai.listed(models)
    # FastAPI's documentation pages load scripts from other sites.
    app = fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    def find(name: str, version: str | None) -> saved_model.Model:
        number = None
        if version is not None:
            if not (version.isascii() and version.isdecimal()):
                raise errors.bad_request(
                    f"Failed to convert version: {version[:100]} to numeric."
                )
            number = version[:20].lstrip("0") or "0"
        model = models.get(name)
        if model is None or number not in (None, str(model.version)):
            raise errors.not_found(name[:100], number, models)
        return model

    @app.post("/v1/models/{name}:{method}")
    @app.post("/v1/models/{name}/versions/{version}:{method}")
    async def predict(request: fastapi.Request) -> fastapi.Response:
        name = request.path_params["name"]

        def begin() -> handler_lib.Parse:
            model = find(name, request.path_params.get("version"))
            if request.path_params["method"] != "predict":
                raise errors.bad_request(
                    "The method must be predict. Received: "
                    f"{request.path_params['method'][:100]!r}."
                )
            return lambda body: _parse(body, model, handler.limits)

        return await handler.handle(
            request, begin, name if name in models else ""
        )

    @app.get("/v1/models")
    async def list_models():
        return _json(
            {
                **listed,
                "models": [
                    {
                        "name": name,
                        **_status(model),
                        "signatures": sorted(model.signatures),
                    }
                    for name, model in models.items()
                ],
            }
        )

    @app.get("/v1/models/{name}")
    @app.get("/v1/models/{name}/versions/{version}")
    async def status(name: str, version: str | None = None) -> fastapi.Response:
        return _json(_status(find(name, version)))

    @app.get("/v1/models/{name}/metadata")
    @app.get("/v1/models/{name}/versions/{version}/metadata")
    async def metadata(
        name: str, version: str | None = None
    ) -> fastapi.Response:
        model = find(name, version)
        return _json(
            {
                "model_spec": {
                    "name": name,
                    "signature_name": "",
                    "version": str(model.version),
                },
                "metadata": {
                    "signature_def": {"signature_def": model.signature_def}
                },
            }
        )

    @app.get("/healthz")
    async def health():
        if gate.closed:
            raise errors.Refused(503, "The server is shutting down.")
        return _json({"status": "ok"})

    @app.get("/metrics")
    async def show_metrics():
        return fastapi.Response(
            metrics.text(), media_type=metrics_lib.CONTENT_TYPE
        )

    app.include_router(routes.router(models, handler, index))
    app.include_router(page.router(models, index))

    @app.exception_handler(errors.Refused)
    async def refused(request, error):
        return errors.response(error, request.url.path)

    @app.exception_handler(exceptions.HTTPException)
    async def no_such_path(request, error):
        path, code = request.url.path, error.status_code
        asked = f"{request.method} {path}"[:200]
        reason = f"Malformed request: {asked}. {_HERE} {errors.served(models)}"
        return _json(errors.content(reason, code, path), code, error.headers)

    @app.exception_handler(Exception)
    async def failed(request, error):
        # uvicorn logs the traceback.
        reason = "The server failed; see its log."
        return _json(errors.content(reason, 500, request.url.path), 500)

    return app


def _parse(
    body: bytearray, model: saved_model.Model, limits: limits_lib.Limits
) -> requests.Request:
    signatures = model.signatures.values()
    limits.check_body(body, max(len(each.inputs) for each in signatures))
    return requests.parse(body, model, limits.max_rows)


def _status(model: saved_model.Model) -> dict:
    return {
        "model_version_status": [
            {
                "version": str(model.version),
                "state": "AVAILABLE",
                "status": {"error_code": "OK", "error_message": ""},
            }
        ]
    }


def _json(
    content: dict[str, Any],
    code: int = 200,
    headers: Mapping[str, str] | None = None,
) -> fastapi.Response:
    return fastapi.Response(
        orjson.dumps(content),
        code,
        headers=headers,
        media_type="application/json",
    )

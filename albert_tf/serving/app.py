"""The HTTP API of the server: TensorFlow Serving's, and a few more paths."""

import asyncio
import time
from collections.abc import Mapping
from concurrent import futures
from typing import Any

import fastapi
import orjson
from starlette import exceptions
from starlette import requests as starlette_requests

from albert_tf.serving import batching
from albert_tf.serving import checks
from albert_tf.serving import page
from albert_tf.serving.http import admission
from albert_tf.serving.http import bodies
from albert_tf.serving.http import budget
from albert_tf.serving.http import limits as limits_lib
from albert_tf.serving.models import errors
from albert_tf.serving.models import metrics as metrics_lib
from albert_tf.serving.models import requests
from albert_tf.serving.models import saved_model

# Bodies of the largest size, and answers, that memory may hold at once.
_BODIES = 64
_ANSWERS = 3
# Parsing a body of more than _LARGE bytes slows the event loop. The parser then
# rests for as long as it worked, but for at most _REST seconds.
_LARGE = 1 << 16
_REST = 0.1
_HERE = (
    "This server has GET / (a page to try the models), GET /v1/models, GET "
    "/v1/models/NAME, GET /v1/models/NAME/metadata, POST "
    "/v1/models/NAME:predict, GET /healthz and GET /metrics."
)


def create(
    models: dict[str, saved_model.Model],
    batcher: batching.Batcher,
    gate: admission.Gate,
    limits: limits_lib.Limits,
    metrics: metrics_lib.Metrics,
    timeout: float,
) -> fastapi.FastAPI:
    """Creates the application.

    Args:
        models: models by name.
        batcher: runs requests.
        gate: limits the number of concurrent requests.
        limits: limits the size of a request.
        metrics: records each request.
        timeout: seconds from a request's last byte to its answer.
    """
    held = budget.Budget("requests", _BODIES * limits.max_body_bytes)
    answers = budget.Budget("answers", _ANSWERS * limits.max_answer_bytes)
    # A single thread, since parsing JSON holds the global interpreter lock.
    reader = futures.ThreadPoolExecutor(1, "reader")
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

    async def answer(
        body: bytearray, model: saved_model.Model, share: budget.Share
    ) -> bytes:
        loop = asyncio.get_running_loop()
        understood = await loop.run_in_executor(
            reader, _understand, body, model, limits
        )
        if isinstance(understood, errors.Refused):
            raise understood
        asked, size = understood
        del body
        share.resize(asked.num_bytes)
        with gate.enter():
            return await batcher.run(model.name, asked, size)

    @app.post("/v1/models/{name}:{method}")
    @app.post("/v1/models/{name}/versions/{version}:{method}")
    async def predict(request: fastapi.Request) -> fastapi.Response:
        start = time.monotonic()
        name = request.path_params["name"]
        label = name if name in models else ""
        code = 200
        try:
            model = find(name, request.path_params.get("version"))
            if request.path_params["method"] != "predict":
                raise errors.bad_request(
                    "The method must be predict. Received: "
                    f"{request.path_params['method'][:100]!r}."
                )
            with gate.arrive(), held.share() as share:
                work = answer(
                    await bodies.read(request, limits.max_body_bytes, share),
                    model,
                    share,
                )
                content = await bodies.while_connected(request, work, timeout)
            metrics.seconds.labels(label).observe(time.monotonic() - start)
            return bodies.Answer(content, answers)
        except errors.Refused as refused:
            code = refused.code
            raise
        except starlette_requests.ClientDisconnect:
            code = 499  # nginx's code for clients that disconnect
            return fastapi.Response(status_code=400)
        finally:
            metrics.requests.labels(label, code).inc()

    @app.get("/v1/models")
    async def list_models():
        return _json(
            {
                "models": [
                    {
                        "name": name,
                        **_status(model),
                        "signatures": sorted(model.signatures),
                    }
                    for name, model in models.items()
                ]
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

    app.include_router(page.router(models))

    @app.exception_handler(errors.Refused)
    async def refused(request, error):
        return errors.response(error)

    @app.exception_handler(exceptions.HTTPException)
    async def no_such_path(request, error):
        path = f"{request.method} {request.url.path}"[:200]
        reason = f"Malformed request: {path}. {_HERE} {errors.served(models)}"
        return _json({"error": reason}, error.status_code, error.headers)

    @app.exception_handler(Exception)
    async def failed(request, error):
        # uvicorn logs the traceback.
        return _json({"error": "The server failed; see its log."}, 500)

    return app


def _understand(
    body: bytearray, model: saved_model.Model, limits: limits_lib.Limits
) -> tuple[requests.Request, limits_lib.Size] | errors.Refused:
    """Parses and checks a body; returns the request and size, or an error."""
    start = time.monotonic()
    try:
        limits.check_body(model, body)
        asked = requests.parse(body, model, limits.max_rows)
        size = limits.check(model, asked)
        checks.check(model, asked)
    except errors.Refused as refused:
        # The frames of the traceback would keep all parsed data in memory.
        return refused.with_traceback(None)
    finally:
        if len(body) > _LARGE:
            time.sleep(min(time.monotonic() - start, _REST))
    return asked, size


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

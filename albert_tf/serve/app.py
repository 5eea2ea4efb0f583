"""The paths of the server: TensorFlow Serving's, and our own few."""

import asyncio
import time

import fastapi
import orjson
from starlette import exceptions
from starlette import requests as starlette_requests

from albert_tf.serve import admission
from albert_tf.serve import batching
from albert_tf.serve import errors
from albert_tf.serve import limits as limits_lib
from albert_tf.serve import metrics as metrics_lib
from albert_tf.serve import page
from albert_tf.serve import requests
from albert_tf.serve import saved_model

# Seconds after which one who was turned away may come again.
_RETRY_AFTER = "1"


def create(
    models: dict[str, saved_model.Model],
    batcher: batching.Batcher,
    gate: admission.Gate,
    limits: limits_lib.Limits,
    metrics: metrics_lib.Metrics,
    timeout: float,
) -> fastapi.FastAPI:
    """Makes the application.

    Args:
        models: by name.
        batcher: runs what is asked.
        gate: lets in what is served at once.
        limits: of a request.
        metrics: told of each request.
        timeout: seconds from a request's headers to its answer.
    """
    # Pages of documentation that FastAPI makes load scripts from elsewhere.
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
            raise errors.not_found(name[:100], number)
        return model

    async def answer(request: fastapi.Request, model: saved_model.Model):
        body = await _read(request, limits.max_body_bytes)
        asked = requests.parse(body, model)
        size = limits.check(model, asked)
        outputs = await batcher.run(model.name, asked, size)
        return requests.answer(outputs, asked.by_rows)

    @app.post("/v1/models/{name}:{method}")
    @app.post("/v1/models/{name}/versions/{version}:{method}")
    async def predict(request: fastapi.Request):
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
            with gate.enter():
                content = await asyncio.wait_for(
                    answer(request, model), timeout
                )
            metrics.seconds.labels(label).observe(time.monotonic() - start)
            return fastapi.Response(content, media_type="application/json")
        except errors.Refused as refused:
            code = refused.code
            raise
        except (asyncio.TimeoutError, TimeoutError):
            code = 504
            reason = f"No answer within {timeout:g} seconds."
            raise errors.Refused(code, reason) from None
        except starlette_requests.ClientDisconnect:
            code = 499  # as nginx counts those who went away
            return fastapi.Response(status_code=400)
        finally:
            metrics.requests.labels(label, code).inc()

    @app.get("/v1/models/{name}")
    @app.get("/v1/models/{name}/versions/{version}")
    async def status(name: str, version: str | None = None):
        model = find(name, version)
        return _json(
            {
                "model_version_status": [
                    {
                        "version": str(model.version),
                        "state": "AVAILABLE",
                        "status": {"error_code": "OK", "error_message": ""},
                    }
                ]
            }
        )

    @app.get("/v1/models/{name}/metadata")
    @app.get("/v1/models/{name}/versions/{version}/metadata")
    async def metadata(name: str, version: str | None = None):
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
        headers = {"Retry-After": _RETRY_AFTER} if error.code == 503 else None
        return _json({"error": str(error)}, error.code, headers)

    @app.exception_handler(exceptions.HTTPException)
    async def no_such_path(request, error):
        path = f"{request.method} {request.url.path}"[:200]
        code = error.status_code
        return _json(
            {"error": f"Malformed request: {path}"}, code, error.headers
        )

    @app.exception_handler(Exception)
    async def failed(request, error):
        # uvicorn logs the traceback.
        return _json({"error": "The server failed; see its log."}, 500)

    return app


async def _read(request: fastapi.Request, limit: int) -> bytes:
    if request.headers.get("content-encoding", "identity") != "identity":
        raise errors.Refused(
            415, "The body must be plain JSON, not compressed."
        )
    too_large = errors.Refused(
        413, f"The body must have at most {limit:,} bytes."
    )
    if int(request.headers.get("content-length", 0)) > limit:
        raise too_large
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > limit:
            raise too_large
    return bytes(body)


def _json(content: dict, code: int = 200, headers=None) -> fastapi.Response:
    return fastapi.Response(
        orjson.dumps(content),
        code,
        headers=headers,
        media_type="application/json",
    )

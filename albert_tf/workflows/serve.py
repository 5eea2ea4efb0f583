"""albert_tf.serve: serves exported models over HTTP."""

import asyncio
import contextlib
import gc

from absl import logging

from albert_tf.serving.models import folders as folders_lib
from albert_tf.workflows import served_index
from albert_tf.workflows.configs import serve as serve_config
from albert_tf.workflows.exporting import run_exports
from albert_tf.workflows.exporting import served_form

# Seconds to wait for the last batch at the end.
_LAST_BATCH = 5


def serve(config: serve_config.ServeConfig) -> None:
    """Serves exported models over HTTP until SIGTERM or Ctrl-C.

    It returns once all accepted requests are answered.

    Args:
        config: the models and the address.
    Raises:
        ImportError: the extra `serve` is not installed.
        OSError: the address is taken.
        FileNotFoundError: there is no such index.
        ValueError: a folder has no export, or two models have the same name, or
            none of them has made the index.

    Example:
        >>> config = albert_tf.ServeConfig(models="reviews=export", port=8080)
        >>> albert_tf.serve(config)  # doctest: +SKIP
    """
    _check_extra()
    from albert_tf.serving import app as app_lib
    from albert_tf.serving import batching
    from albert_tf.serving import handler as handler_lib
    from albert_tf.serving import server
    from albert_tf.serving.http import admission
    from albert_tf.serving.http import connections as connections_lib
    from albert_tf.serving.http import entrance
    from albert_tf.serving.http import hosts as hosts_lib
    from albert_tf.serving.http import limits as limits_lib
    from albert_tf.serving.http import listening
    from albert_tf.serving.models import metrics as metrics_lib

    folders = {}
    for argument in config.models:
        name, folder = folders_lib.name_and_folder(argument)
        if name in folders:
            raise ValueError(
                f"Each model must have a name of its own. Received: {name!r} "
                "twice. Give names as NAME=FOLDER."
            )
        folders[name] = folder
    # Checked before the models are loaded, which takes long.
    connections = connections_lib.Connections(
        listening.max_connections(), config.client_timeout
    )
    listener = listening.listen(config.host, config.port)
    with contextlib.closing(listener):
        hosts = hosts_lib.Hosts(
            {config.host, listener.getsockname()[0]}, config.allowed_hosts
        )
        models, index = {}, None
        with run_exports.exported(
            folders, config.which, config.offline
        ) as exports:
            if config.index is not None:
                index = served_index.open_index(
                    config.index, exports, config.query_prompt
                )
            for name, folder in exports.items():
                models[name] = served_form.load(name, folder, config.backend)
                signatures = ", ".join(sorted(models[name].signatures))
                logging.info("%s: %s with %s.", name, folders[name], signatures)
        metrics = metrics_lib.Metrics()
        limits = limits_lib.Limits(
            **{
                name: getattr(config, name)
                for name in limits_lib.Limits.__dataclass_fields__
            }
        )
        batcher = batching.Batcher(limits, config.batch_wait_ms / 1000, metrics)
        gate = admission.Gate(config.max_requests, metrics)
        handler = handler_lib.Handler(
            batcher, gate, limits, metrics, config.timeout
        )
        application = app_lib.create(models, handler, gate, metrics, index)
        # Loaded models stay, so the garbage collector need not examine them
        # while requests wait.
        gc.collect()
        gc.freeze()
        try:
            asyncio.run(
                server.serve(
                    entrance.Entrance(application, hosts),
                    gate,
                    connections,
                    listener,
                )
            )
        finally:
            batcher.stop(_LAST_BATCH)
            gc.unfreeze()
    logging.info("The server has stopped.")


def _check_extra() -> None:
    try:
        import fastapi  # noqa: F401
        import orjson  # noqa: F401
        import prometheus_client  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "The extra `serve` must be installed: pip install "
            f"'albert_tf[serve]'. Received: {error}."
        ) from error

"""Serves exported models over HTTP, as flags say."""

import asyncio
import gc

from absl import app
from absl import flags
from absl import logging

from data_pipeline.commands import quiet_start

_FLAGS = flags.FLAGS
# Seconds for the thread that calls TensorFlow to end in.
_LAST_BATCH = 5


def main(argv: list[str]) -> None:
    if len(argv) < 2:
        raise app.UsageError("Name at least one MODEL_DIR or NAME=MODEL_DIR.")
    _check_extra()
    with quiet_start.importing():
        from albert_tf.serving import app as app_lib
        from albert_tf.serving import batching
        from albert_tf.serving import folders as folders_lib
        from albert_tf.serving import metrics as metrics_lib
        from albert_tf.serving import saved_model
        from albert_tf.serving import server
        from albert_tf.serving.http import admission
        from albert_tf.serving.http import connections as connections_lib
        from albert_tf.serving.http import entrance
        from albert_tf.serving.http import hosts as hosts_lib
        from albert_tf.serving.http import limits as limits_lib
        from albert_tf.serving.http import listening
        from albert_tf.workflows.exporting import run_exports

    folders = {}
    for argument in argv[1:]:
        name, folder = folders_lib.name_and_folder(argument)
        if name in folders:
            raise ValueError(
                f"Each model must have a name of its own. Received: {name!r} "
                "twice. Give NAME=FOLDER."
            )
        folders[name] = folder
    # Before the models, which take long, are loaded for nothing.
    connections = connections_lib.Connections(
        listening.max_connections(), _FLAGS.client_timeout
    )
    listener = listening.listen(_FLAGS.host, _FLAGS.port)
    hosts = hosts_lib.Hosts(
        {_FLAGS.host, listener.getsockname()[0]}, _FLAGS.allowed_hosts
    )
    models = {}
    with run_exports.exported(folders, _FLAGS.which) as exports:
        for name, folder in exports.items():
            models[name] = saved_model.load(name, folder)
            signatures = ", ".join(sorted(models[name].signatures))
            logging.info("%s: %s with %s.", name, folders[name], signatures)
    metrics = metrics_lib.Metrics()
    limits = limits_lib.Limits(
        **{
            name: _FLAGS[name].value
            for name in limits_lib.Limits.__dataclass_fields__
        }
    )
    batcher = batching.Batcher(limits, _FLAGS.batch_wait_ms / 1000, metrics)
    gate = admission.Gate(_FLAGS.max_requests, metrics)
    application = app_lib.create(
        models, batcher, gate, limits, metrics, _FLAGS.timeout
    )
    # What has been loaded stays: no look for garbage has to pass through it
    # again while requests wait.
    gc.collect()
    gc.freeze()
    asyncio.run(
        server.serve(
            entrance.Entrance(application, hosts), gate, connections, listener
        )
    )
    batcher.stop(_LAST_BATCH)
    logging.info("Ended.")


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

"""Serves exported models over HTTP, with TensorFlow Serving's REST paths.

    python -m albert_tf.serve --port=8501 export
    python -m albert_tf.serve sentiment=exports/sst-2 answers=exports/squad2

Each argument is a folder with a SavedModel, or with numbered folders that have
one, of which the newest is served. Open the address in a browser to try the
models on a page. On SIGTERM or Ctrl-C, the server answers the requests that it
has accepted, and then ends.
"""

# A script, like those in the root: it uses data_pipeline's way with errors.

import asyncio
import socket

from absl import app
from absl import flags
from absl import logging

from data_pipeline import command_line

_FLAGS = flags.FLAGS
# Seconds for the thread that calls TensorFlow to end in.
_LAST_BATCH = 5


def main(argv: list[str]) -> None:
    if len(argv) < 2:
        raise app.UsageError("Name at least one MODEL_DIR or NAME=MODEL_DIR.")
    _check_extra()
    # Heavy; not for --help.
    from albert_tf.serve import admission
    from albert_tf.serve import app as app_lib
    from albert_tf.serve import batching
    from albert_tf.serve import folders as folders_lib
    from albert_tf.serve import limits as limits_lib
    from albert_tf.serve import metrics as metrics_lib
    from albert_tf.serve import saved_model
    from albert_tf.serve import server

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
    listener = _bind(_FLAGS.host, _FLAGS.port)
    models = {}
    for name, folder in folders.items():
        models[name] = saved_model.load(name, folder)
        signatures = ", ".join(sorted(models[name].signatures))
        logging.info("%s: %s with %s.", name, folder, signatures)
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
    asyncio.run(server.serve(application, gate, listener))
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
            "Serving needs the extra `serve`: pip install 'albert_tf[serve]'. "
            f"Received: {error}."
        ) from error


def _bind(host: str, port: int) -> socket.socket:
    """A socket that has its address; it listens once there is a server."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise OSError(
            f"The server must be able to listen at {host} port {port}. "
            f"Received: {error}. Name another --port or --host."
        ) from error
    return listener


if __name__ == "__main__":
    flags.DEFINE_string(
        "host",
        "127.0.0.1",
        "Address to listen at; 0.0.0.0 means all. The server has no password: "
        "put a proxy that has one in front of it before exposing it to other "
        "hosts.",
    )
    flags.DEFINE_integer(
        "port", 8501, "Port to listen at; 0: any free port.", lower_bound=0
    )
    flags.DEFINE_float(
        "batch_wait_ms",
        2.0,
        "Milliseconds that a request waits for others to share its batch.",
        lower_bound=0,
    )
    flags.DEFINE_integer(
        "max_rows",
        64,
        "Maximum number of texts or rows in a batch, and so in a request.",
        lower_bound=1,
    )
    flags.DEFINE_integer(
        "max_padded",
        131_072,
        "Maximum of the number of rows in a batch times the bytes of its "
        "longest text (or ids of its longest row); explanations count 8 times.",
        lower_bound=1,
    )
    flags.DEFINE_integer(
        "max_masks",
        1024,
        "Maximum of the number of rows in a batch times the largest number of "
        "[MASK]s in one of them.",
        lower_bound=1,
    )
    flags.DEFINE_integer(
        "max_values",
        1 << 22,
        "Maximum number of values in the answers to a batch of ids.",
        lower_bound=1,
    )
    flags.DEFINE_integer(
        "max_text_bytes",
        20_000,
        "Maximum length of a text in UTF-8 bytes.",
        lower_bound=1,
    )
    flags.DEFINE_integer(
        "max_body_bytes",
        4 << 20,
        "Maximum size of a request's body in bytes.",
        lower_bound=1,
    )
    flags.DEFINE_integer(
        "max_requests",
        256,
        "Maximum number of requests served at once, including those that wait; "
        "further ones get status 503.",
        lower_bound=1,
    )
    flags.DEFINE_float(
        "timeout",
        30.0,
        "Seconds until a request is given up with status 504.",
        lower_bound=0.001,
    )
    command_line.run(main)

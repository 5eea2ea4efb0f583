"""Serves exported models over HTTP, with TensorFlow Serving's REST paths.

    albert-tf serve --port=8501 export
    albert-tf serve sentiment=export fill=fill

Each argument is a folder with a SavedModel, a folder with numbered versions of
one, of which the newest is served, or the folder of a run, whose best
checkpoint is first exported to a temporary folder. Open the address in a
browser to try the models on a page. On SIGTERM or Ctrl-C, the server answers
the requests that it has accepted, and then exits.
"""

from albert_tf.workflows.configs import serve
from data_pipeline.commands import config_flags

# Shown before all others by --help.
_FIRST = ("port", "host", "index")


def run() -> None:
    config_flags.run(
        serve.ServeConfig,
        "albert_tf.workflows.serve:serve",
        __doc__,
        first=_FIRST,
    )

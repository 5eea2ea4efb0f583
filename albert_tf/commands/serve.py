"""Serves exported models over HTTP, with TensorFlow Serving's REST paths.

    albert-tf serve --port=8501 export
    albert-tf serve sentiment=export fill=fill

Each argument is a folder with a SavedModel, or with numbered folders that have
one, of which the newest is served; or of a run, whose best checkpoint is
exported to a temporary folder first. Open the address in a browser to try the
models on a page. On SIGTERM or Ctrl-C, the server answers the requests that it
has accepted, and then ends.
"""

from absl import flags

from albert_tf import which_flag
from data_pipeline.commands import command_line


def run() -> None:
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
    flags.DEFINE_list(
        "allowed_hosts",
        [],
        "Further host names that requests may be for, and whose pages may ask; "
        "* for all. Those allowed anyway are localhost and the address of "
        "--host; with 0.0.0.0 or ::, every IP address and this machine's name.",
    )
    which_flag.define("MODEL_DIR")
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
        "Maximum number of requests that have been read and are served at "
        "once, including those that wait; further ones get status 503.",
        lower_bound=1,
    )
    flags.DEFINE_float(
        "timeout",
        30.0,
        "Seconds from a request's last byte until it is given up with status "
        "504.",
        lower_bound=0.001,
    )
    flags.DEFINE_float(
        "client_timeout",
        30.0,
        "Seconds that a client may take to send the head of a request, to send "
        "its body, and to read the next part of an answer; then its connection "
        "is closed.",
        lower_bound=0.1,
    )
    command_line.run(command_line.main_of("albert_tf.workflows.serve"), __doc__)

"""The settings of albert-tf serve."""

import dataclasses

from albert_tf.workflows.configs import model
from data_pipeline.config import setting


@dataclasses.dataclass(frozen=True, kw_only=True)
class ServeConfig(model.FetchConfig):
    """An HTTP server of exported models.

    Example:
        >>> config = albert_tf.ServeConfig(models="reviews=export", port=8080)
        >>> config.host
        '127.0.0.1'
    """

    models: tuple[str, ...] = setting(
        (),
        "Folders of exports or of runs, each as FOLDER or NAME=FOLDER.",
        is_argument=True,
        is_required=True,
    )
    host: str = setting(
        "127.0.0.1",
        "Address to listen at; 0.0.0.0 means all. The server has no password:"
        " put a proxy that has one in front of it before exposing it to other"
        " hosts.",
        section="Address",
    )
    port: int = setting(
        8501,
        "Port to listen at; 0: any free port.",
        section="Address",
        minimum=0,
    )
    allowed_hosts: tuple[str, ...] = setting(
        (),
        "Additional host names that requests may be sent to, and whose web "
        "pages may send requests; * for all. Always allowed are localhost and "
        "the address of --host; with 0.0.0.0 or ::, every IP address and this "
        "machine's name.",
        section="Address",
    )
    backend: str = setting(
        "savedmodel",
        "Form of the export that computes: savedmodel, savedmodel_bfloat16, "
        "savedmodel_int8, or litert, onnx or openvino, each alone (the "
        "fastest, as measured when the export was written) or with a "
        "quantization, such as openvino/int8.",
        section="Speed",
    )
    index: str | None = setting(
        None,
        "Folder of an index of a served embedding model's embeddings, from "
        "albert-tf index: the page and the path /search find the texts in it "
        "that are nearest to another.",
        section="Search",
    )
    query_prompt: str | None = setting(
        None,
        "Prompt of the model to put before each query of the index: a name "
        "that the model knows, or the text itself.",
        section="Search",
    )
    which: str | None = model.which_checkpoint("MODEL_DIR")
    batch_wait_ms: float = setting(
        2.0,
        "Milliseconds that a request waits for others to share its batch.",
        section="Limits",
        minimum=0,
    )
    max_rows: int = setting(
        64,
        "Maximum number of texts or rows in a batch, and so in a request.",
        section="Limits",
        minimum=1,
    )
    max_padded: int = setting(
        131072,
        "Maximum of the number of rows in a batch times the bytes of its "
        "longest text (or ids of its longest row); explanations count 8 "
        "times.",
        section="Limits",
        minimum=1,
    )
    max_masks: int = setting(
        1024,
        "Maximum of the number of rows in a batch times the largest number of"
        " [MASK]s in one of them.",
        section="Limits",
        minimum=1,
    )
    max_values: int = setting(
        4194304,
        "Maximum number of values in the answers to a batch of ids.",
        section="Limits",
        minimum=1,
    )
    max_text_bytes: int = setting(
        20000,
        "Maximum length of a text in UTF-8 bytes.",
        section="Limits",
        minimum=1,
    )
    max_body_bytes: int = setting(
        4194304,
        "Maximum size of a request's body in bytes.",
        section="Limits",
        minimum=1,
    )
    max_requests: int = setting(
        256,
        "Maximum number of requests that are processed at once, including "
        "those that wait for a batch; further ones get status 503.",
        section="Limits",
        minimum=1,
    )
    timeout: float = setting(
        30.0,
        "Seconds from a request's last byte until it is abandoned with status "
        "504.",
        section="Limits",
        minimum=0.001,
    )
    client_timeout: float = setting(
        30.0,
        "Seconds that a client may take to send the head of a request, to "
        "send its body, and to read the next part of an answer, before its "
        "connection is closed.",
        section="Limits",
        minimum=0.1,
    )

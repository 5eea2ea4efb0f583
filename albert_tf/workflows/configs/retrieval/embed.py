"""The settings of albert-tf embed."""

import dataclasses

from albert_tf.workflows.configs import model
from albert_tf.workflows.configs.retrieval import documents
from data_pipeline.config import setting

_SECTION = "Embeddings"


@dataclasses.dataclass(frozen=True, kw_only=True)
class EmbedConfig(model.FetchConfig, documents.DocumentsConfig):
    """The embeddings of a file's texts.

    Example:
        >>> config = albert_tf.EmbedConfig(
        ...     checkpoint="run", file="faq.csv", output="faq.npy"
        ... )
        >>> config.precision
        'float32'
    """

    checkpoint: str = setting(
        None,
        "Embedding model: a run, an export, or anything that "
        "albert_tf.embedder reads.",
        is_argument=True,
        is_required=True,
        is_weights=True,
    )
    file: str = setting(
        None,
        "File with a text in each row, .csv, .tsv, .jsonl, .parquet, or .txt "
        "with one on each line; or a folder in BEIR's layout.",
        is_argument=True,
        is_required=True,
    )
    which: str | None = model.which_checkpoint("MODEL")
    output: str = setting(
        None,
        "File to write, .npy or .parquet. A .json of the same name describes "
        "it.",
        section=_SECTION,
        is_required=True,
    )
    prompt: str | None = setting(
        None,
        "Prompt to put before each text: a name that the model knows, such as "
        "document, or the text itself.",
        section=_SECTION,
    )
    dims: int | None = setting(
        None,
        "Number of leading dimensions to keep, for a model that was trained "
        "with --matryoshka_dims.",
        section=_SECTION,
        minimum=1,
    )
    normalize: bool | None = setting(
        None,
        "Whether to scale embeddings to length 1. If left out: as the model "
        "does.",
        section=_SECTION,
    )
    precision: str = setting(
        "float32",
        "Type of the numbers in the file.",
        section=_SECTION,
        choices=("float32", "float16"),
    )
    batch_size: int = setting(
        128,
        "Texts per batch at most.",
        section=_SECTION,
        minimum=1,
    )

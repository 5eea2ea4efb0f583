"""The settings of albert-tf index."""

import dataclasses

from albert_tf.workflows.configs.retrieval import documents
from data_pipeline.config import setting


@dataclasses.dataclass(frozen=True, kw_only=True)
class IndexConfig(documents.DocumentsConfig):
    """An index of documents, or a change of one.

    Example:
        >>> config = albert_tf.IndexConfig(
        ...     index="faq", documents="faq.csv", model="run"
        ... )
        >>> config.kind
        'auto'
    """

    index: str = setting(
        None,
        "Folder of the index; with --url, name of the collection.",
        is_argument=True,
        is_required=True,
    )
    documents: str | None = setting(
        None,
        "File with a document in each row, .csv, .tsv, .jsonl, .parquet, or "
        ".txt with one on each line; or a folder in BEIR's layout.",
        is_argument=True,
    )
    model: str | None = setting(
        None,
        "Embedding model: a run, an export, or anything that "
        "albert_tf.embedder reads. If left out, the index has BM25 only, or "
        "keeps the model that it has.",
        section="Index",
        is_weights=True,
    )
    embeddings: str | None = setting(
        None,
        "Embeddings of the documents, one a row, as albert-tf embed writes "
        "them with --model: .npy or .parquet.",
        section="Index",
    )
    add: bool = setting(
        False,
        "Whether to add the documents to an index that exists.",
        section="Index",
    )
    delete: tuple[str, ...] | None = setting(
        None,
        "Ids of documents to delete from an index that exists.",
        section="Index",
    )
    rebuild: bool = setting(
        False,
        "Whether to build an index that exists anew: from DOCUMENTS, or from "
        "its own, with another --model if that is given.",
        section="Index",
    )
    kind: str = setting(
        "auto",
        "Kind of the vectors' index: flat is exact, hnsw a graph in memory, "
        "ivf inverted lists on disk. auto chooses by the number of documents.",
        section="Index",
        choices=("auto", "flat", "hnsw", "ivf"),
    )
    lexical: bool = setting(
        True,
        "Whether the index also has BM25.",
        section="Index",
    )
    document_prompt: str | None = setting(
        None,
        "Prompt of the model to put before each document: a name that the "
        "model knows, or the text itself.",
        section="Index",
    )
    url: str | None = setting(
        None,
        "Address of a Qdrant server, such as http://localhost:6333, that "
        "holds the index as a collection.",
        section="Index",
    )

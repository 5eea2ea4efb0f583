"""albert_tf.index: documents to an index that can be searched."""

import os
from typing import NamedTuple

from albert_tf.retrieval import embedders
from albert_tf.retrieval.indexes import generations
from albert_tf.workflows.configs.retrieval import index as index_config
from albert_tf.workflows.retrieval import collections
from albert_tf.workflows.retrieval import index_folder
from data_pipeline.io import folder_lock


class IndexResult(NamedTuple):
    """An index, after it was built or changed.

    Attributes:
        name: its folder, or the name of its collection.
        num_documents: how many documents it has.
        model: name of the embedding model; None for BM25 only.
        size: D, the size of the vectors; 0 for BM25 only.
        kind: kind of the vectors' index: "flat", "hnsw", "ivf", or "qdrant";
            None for BM25 only.
        recall_at_10: the share of the 10 truly nearest documents that a search
            finds, measured with up to 500 of its vectors as queries; None if
            it was not measured.
        queries_per_second: of the vectors' index, in that measurement; None
            if it was not measured.
        has_lexical: whether it has BM25.
    """

    name: str
    num_documents: int
    model: str | None
    size: int
    kind: str | None
    recall_at_10: float | None
    queries_per_second: float | None
    has_lexical: bool

    @property
    def report(self) -> str:
        """Lines for a person to read."""
        parts = []
        if self.model is not None:
            parts.append(f"vectors of size {self.size} by {self.model}")
        if self.has_lexical:
            parts.append("BM25")
        lines = [
            f"Index: {self.name}",
            f"Documents: {self.num_documents:,}, with {' and '.join(parts)}",
        ]
        if self.recall_at_10 is not None:
            lines.append(
                f"Kind: {self.kind}, recall@10 {self.recall_at_10:.3f} "
                f"compared with flat, {self.queries_per_second:,.0f} queries a "
                "second"
            )
        return "\n".join(lines)


def index(
    config: index_config.IndexConfig,
    *,
    embedder: embedders.Embedder | None = None,
) -> IndexResult:
    """Builds an index of documents, or changes one.

    The folder is changed in one step at the end: a process that is killed
    leaves the index as it was.

    Args:
        config: the documents, the model and what to do.
        embedder: a model in memory, in place of the one that the config names.
    Returns:
        What the index has.
    Raises:
        FileExistsError: the index exists, and the config does not say to add
            or to rebuild.
        FileNotFoundError: there is no such file, or no index to change.
        ValueError: documents or vectors are malformed, ids are not unique or
            unknown, or the model is not the one of the index.
        BlockingIOError: another process is changing the index.
        ImportError: faiss, bm25s or qdrant_client is not installed.

    Example:
        >>> import pathlib
        >>> _ = pathlib.Path("faq.csv").write_text(
        ...     "id,text\\npay,How do I pay my bill?\\nlost,I lost my card."
        ... )
        >>> config = albert_tf.IndexConfig(index="faq", documents="faq.csv")
        >>> print(albert_tf.index(config).report)
        Index: faq
        Documents: 2, with BM25
    """
    _check(config)
    if config.url is not None:
        found = collections.change(config, embedder)
        return IndexResult(
            config.index,
            len(found),
            found.model,
            found.size,
            "qdrant",
            None,
            None,
            found.has_lexical,
        )
    _check_folder(config)
    with folder_lock.hold(config.index, "indexing"):
        about = index_folder.change(config, embedder)
    recall, speed = about.quality[:2] if about.quality else (None, None)
    return IndexResult(
        config.index,
        about.num_documents - about.num_deleted,
        about.model,
        about.size,
        about.kind,
        recall,
        speed,
        about.has_lexical,
    )


def _check(config: index_config.IndexConfig) -> None:
    actions = [n for n in ("add", "delete", "rebuild") if getattr(config, n)]
    if len(actions) > 1:
        raise ValueError(
            "An index must be changed in one way at a time. Received: "
            f"{', '.join(f'--{name}' for name in actions)}. Run a command for "
            "each."
        )
    needs_documents = not actions or config.add
    if needs_documents != bool(config.documents) and not config.rebuild:
        rule = "must be given" if needs_documents else "must not be given"
        raise ValueError(
            f"A file of documents {rule} "
            f"{f'with --{actions[0]}' if actions else 'for a new index'}. "
            f"Received: {config.documents}."
        )
    if config.embeddings and not (config.documents and config.model):
        raise ValueError(
            "--embeddings must be given with the documents that were embedded, "
            f"and with the --model that did it. Received: {config.embeddings}, "
            f"{config.documents} and {config.model}."
        )


def _check_folder(config: index_config.IndexConfig) -> None:
    folder = config.index
    if "://" in folder:
        raise ValueError(
            "An index must be a folder on a local disk, whose files are "
            f"mapped into memory. Received: {folder}. Name a local folder, or "
            "use a vector database with --url."
        )
    is_index = os.path.exists(os.path.join(folder, generations.FILE))
    changes = config.add or config.delete or config.rebuild
    if is_index and not changes:
        raise FileExistsError(
            "An index must not be replaced unless a flag says so. Received: "
            f"{folder}, which exists. Use --add for more documents, --rebuild "
            "to build it anew, or name another folder."
        )
    others = [
        name
        for name in (os.listdir(folder) if os.path.isdir(folder) else ())
        if not generations.is_part(name) and name != folder_lock.FILE_NAME
    ]
    if not is_index and (others or os.path.isfile(folder)):
        raise FileExistsError(
            "A new index must have a folder of its own. Received: "
            f"{folder}, which holds {', '.join(sorted(others)[:3]) or 'a file'}"
            ". Name another one."
        )
    if changes and not is_index:
        generations.read(folder)  # says that there is none

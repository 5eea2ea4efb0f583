"""The settings of albert-tf mine."""

import dataclasses

from data_pipeline import config
from data_pipeline.config import setting
from data_pipeline.tasks import row_problems

TRIPLETS, PAIRS = "triplets", "pairs"


@dataclasses.dataclass(frozen=True, kw_only=True)
class MineConfig(config.Config):
    """Hard negatives for queries with known positives.

    Example:
        >>> config = albert_tf.MineConfig(
        ...     data="beir_folder", output="train.jsonl", index="corpus"
        ... )
        >>> config.num_negatives
        3
    """

    data: str = setting(
        None,
        "Queries and their positives: a folder in BEIR's layout, or a file "
        "with a query and a positive text in each row.",
        is_argument=True,
        is_required=True,
    )
    output: str = setting(
        None,
        "File to write: .jsonl, .csv or .tsv.",
        is_argument=True,
        is_required=True,
    )
    index: str | None = setting(
        None,
        "Index whose documents may become negatives. If left out, BM25 of the "
        "folder's corpus.jsonl, or of all positives in the file.",
        section="Mining",
    )
    model: str | None = setting(
        None,
        "Embedding model of the queries. If left out, the one that the index "
        "names. It must be the one that made the index.",
        section="Mining",
        is_weights=True,
    )
    lexical: bool = setting(
        False,
        "Whether to fuse the ranking by embeddings with that by BM25.",
        section="Mining",
    )
    query_prompt: str | None = setting(
        None,
        "Prompt of the model to put before each query: a name that the model "
        "knows, or the text itself.",
        section="Mining",
    )
    format: str = setting(
        TRIPLETS,
        "triplets: a row for each query and positive, with the columns text, "
        "positive, negative_1 and so on, to train an embedding model. pairs: "
        "rows with the columns text, text_pair and label, 1 or 0, to train a "
        "reranker.",
        section="Mining",
        choices=(TRIPLETS, PAIRS),
    )
    num_negatives: int = setting(
        3,
        "Number of negatives for each query and positive.",
        section="Mining",
        minimum=1,
    )
    range_min: int = setting(
        1,
        "First rank at which documents become negatives, counted from 1. "
        "Above 1, the first documents, which may be unlabeled positives, are "
        "left out.",
        section="Mining",
        minimum=1,
    )
    range_max: int = setting(
        100,
        "Last rank at which documents become negatives.",
        section="Mining",
        minimum=1,
    )
    max_relative_score: float = setting(
        0.95,
        "A document is left out if its cosine with the query is more than this "
        "part of the positive's, as it may be a positive itself. Used with an "
        "index that has embeddings.",
        section="Mining",
        minimum=0.0,
    )
    split: str = setting(
        "train",
        "Name of the judgments, in BEIR's layout.",
        section="Data",
    )
    text_column: str = setting(
        "text",
        "Column of the query in a file.",
        section="Data",
    )
    positive_column: str = setting(
        "positive",
        "Column of the positive text in a file.",
        section="Data",
    )
    on_bad_row: str = setting(
        "stop",
        "What to do at a malformed row, or one without a text: stop, or skip "
        "such rows.",
        section="Data",
        choices=row_problems.ON_BAD_ROW,
    )

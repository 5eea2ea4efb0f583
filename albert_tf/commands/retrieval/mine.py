"""Mines hard negatives: texts that rank high for a query and are no positives.

    albert-tf mine beir_folder triplets.jsonl --index=documents
    albert-tf mine pairs.csv own_triplets.jsonl
    albert-tf mine beir_folder pairs.tsv --index=documents --format=pairs

The first command searches the index for each query of qrels/train.tsv and
writes a row for each of its positives: text, positive, negative_1 to
negative_3, with which albert-tf finetune --task_type=embedding trains. Texts
equal to a positive, and those whose cosine with the query is above 0.95 of the
positive's, are left out, as they may be positives themselves. Without --index,
BM25 ranks the corpus or, for a file of pairs, all positives. The last command
writes labeled pairs, with which --task_type=classification trains a reranker.
"""

from typing import TYPE_CHECKING

from albert_tf.workflows.configs.retrieval import mine
from data_pipeline.commands import config_flags

if TYPE_CHECKING:
    from albert_tf.workflows.retrieval.mine import MineResult

# Shown before all others by --help.
_FIRST = ("index", "format", "num_negatives", "range_min", "range_max")


def run() -> None:
    config_flags.run(
        mine.MineConfig,
        "albert_tf.workflows.retrieval.mine:mine",
        __doc__,
        show=_show,
        first=_FIRST,
    )


def _show(result: "MineResult") -> None:
    print(
        f"Rows: {result.rows:,}, from {result.num_queries:,} pairs of a query "
        f"and a positive; {result.left_out:,} pairs are left out"
    )
    print(f"File: {result.output}")

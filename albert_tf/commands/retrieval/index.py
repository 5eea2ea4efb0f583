"""Indexes documents, so that albert-tf search finds them.

    albert-tf index faq faq.csv --model=run
    albert-tf index faq new.csv --add
    albert-tf index faq --delete=id1,id2
    albert-tf index faq --rebuild --model=better_run

The first command reads a document from each row, turns it into a vector by the
embedding model, and writes the folder faq: documents, vectors with their index,
and BM25 of the words. Without --model, it has BM25 only. Up to 50,000 vectors
are searched one by one; more, by an approximate index, whose recall@10 and
speed are measured, printed and saved. A change is made in one step at the end:
a command that is killed leaves the index as it was. Other columns are kept with
a document, and appear in answers.

With --url, the same commands write to a collection of a Qdrant database.
"""

from typing import TYPE_CHECKING

from albert_tf.workflows.configs.retrieval import index
from data_pipeline.commands import config_flags

if TYPE_CHECKING:
    from albert_tf.workflows.retrieval.index import IndexResult

# Shown before all others by --help.
_FIRST = ("model", "add", "delete", "rebuild", "text_column", "id_column")


def run() -> None:
    config_flags.run(
        index.IndexConfig,
        "albert_tf.workflows.retrieval.index:index",
        __doc__,
        show=_show,
        first=_FIRST,
    )


def _show(result: "IndexResult") -> None:
    print(result.report)

r"""Writes the embeddings of a file's texts.

    albert-tf embed run faq.csv --output=faq.npy
    albert-tf embed run corpus.jsonl --output=corpus.parquet --dims=128

The file may be .csv, .tsv, .jsonl, .parquet, .txt with one text on each line,
or a folder in BEIR's layout; --text_column names the column of the texts. The
output is an array [N, D] in the order of the texts, which NumPy maps into
memory, or a Parquet file with the columns id and embedding. faq.npy.json beside
it has the model, its fingerprint, the number of texts and their size, and
faq.npy.ids.jsonl the ids of the rows of a .npy file, one on each line.

Memory does not grow with the number of texts. If the command is killed, the
same command resumes after the last complete part of 8,192 texts.
"""

from typing import TYPE_CHECKING

from albert_tf.workflows.configs.retrieval import embed
from data_pipeline.commands import config_flags

if TYPE_CHECKING:
    from albert_tf.workflows.retrieval.embed import EmbedResult

# Shown before all others by --help.
_FIRST = ("output", "text_column", "id_column", "prompt", "dims", "precision")


def run() -> None:
    config_flags.run(
        embed.EmbedConfig,
        "albert_tf.workflows.retrieval.embed:embed",
        __doc__,
        show=_show,
        first=_FIRST,
        resumes=True,
    )


def _show(result: "EmbedResult") -> None:
    described = result.described
    print(
        f"Embeddings: {result.output}, {described['count']:,} texts of size "
        f"{described['size']}, {described['precision']}"
    )

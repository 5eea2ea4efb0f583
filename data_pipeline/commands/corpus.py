r"""Writes a corpus as plain text, which every other command reads.

    albert-tf corpus --input_file=enwiki-latest-pages-articles.xml.bz2 \
        --output_dir=corpus --heldout_fraction=0.1

The output has one sentence per line, and an empty line after each document.
"""

from data_pipeline.commands import config_flags
from data_pipeline.corpora import corpus_config


def run() -> None:
    config_flags.run(
        corpus_config.CorpusConfig,
        "data_pipeline.corpora.write_corpus:write_corpus",
        __doc__,
        # Shown before all others by --help.
        first=("input_file", "output_dir", "heldout_fraction"),
    )

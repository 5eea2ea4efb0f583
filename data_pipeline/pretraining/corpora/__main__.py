r"""Writes a corpus as plain text, which every other command reads.

    albert-tf corpus --input_file=enwiki-latest-pages-articles.xml.bz2 \
        --output_dir=corpus --heldout_fraction=0.1

The output has one sentence per line, and an empty line after each document.
"""

from absl import flags
from absl import logging

from data_pipeline.commands import command_help
from data_pipeline.commands import command_line
from data_pipeline.corpora import documents
from data_pipeline.corpora import plain_text
from data_pipeline.corpora import sources
from data_pipeline.io import outputs
from data_pipeline.io import progress

_FLAGS = flags.FLAGS


def main(argv: list[str]) -> None:
    command_line.no_arguments(argv)
    outputs.check_folder(_FLAGS.output_dir, "--output_dir")
    found = documents.read(sources.from_flags())
    counts = plain_text.write_corpus(
        progress.watch(found, "documents"),
        _FLAGS.output_dir,
        _FLAGS.heldout_fraction,
    )
    for name, count in counts.items():
        logging.info("%s: %s", name, count)


# Shown before all others by --help.
_FIRST = (
    "input_file",
    "output_dir",
    "heldout_fraction",
)


def run() -> None:
    sources.define_flags()
    command_help.section("Output")
    flags.DEFINE_string(
        "output_dir", None, "Folder to write train.txt and heldout.txt to."
    )
    flags.DEFINE_float(
        "heldout_fraction",
        0.0,
        "Share of the documents to write to heldout.txt, for evaluation.",
        lower_bound=0.0,
        upper_bound=0.9,
    )
    flags.mark_flag_as_required("output_dir")
    command_line.run(main, __doc__, first=_FIRST)


if __name__ == "__main__":
    run()

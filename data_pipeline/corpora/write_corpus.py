"""Writes text of any format as plain text, as a CorpusConfig says."""

from collections.abc import Mapping
from typing import NamedTuple

from absl import logging

from data_pipeline.corpora import corpus_config
from data_pipeline.corpora import documents
from data_pipeline.corpora import plain_text
from data_pipeline.io import outputs
from data_pipeline.io import progress


class CorpusResult(NamedTuple):
    """A corpus that was written.

    Attributes:
        output_dir: the folder with train.txt, and heldout.txt if asked for.
        counts: number of documents, sentences and characters of "train" and
            of "heldout".
    """

    output_dir: str
    counts: Mapping[str, Mapping[str, int]]


def write_corpus(config: corpus_config.CorpusConfig) -> CorpusResult:
    """Writes text of any format as plain text, one sentence per line.

    Raises:
        BlockingIOError: another process writes to the folder.
        FileExistsError: train.txt or heldout.txt exists there.
        FileNotFoundError: there is no such text.
        OSError: the folder cannot be written to.
        ValueError: the text is invalid, or a split would have no document.

    Example:
        >>> import pathlib, tempfile
        >>> import albert_tf
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> _ = (folder / "a.txt").write_text("A cat sleeps. A dog barks.\\n")
        >>> made = albert_tf.write_corpus(
        ...     albert_tf.CorpusConfig(
        ...         input_file=folder / "a.txt",
        ...         input_format="prose",
        ...         output_dir=folder / "corpus",
        ...     )
        ... )
        >>> made.counts["train"]["sentences"]
        2
    """
    outputs.check_folder(config.output_dir, "--output_dir")
    counts = plain_text.write(
        progress.watch(documents.read(config), "documents"),
        config.output_dir,
        config.heldout_fraction,
    )
    for name, count in counts.items():
        logging.info("%s: %s", name, count)
    return CorpusResult(config.output_dir, counts)

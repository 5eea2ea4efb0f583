"""The tokenizer's files of a folder of sentence-transformers."""

from typing import NamedTuple

from albert_tf.interop import loading
from albert_tf.runs import run_checkpoint
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import huggingface_files


class TokenizerFiles(NamedTuple):
    """A tokenizer in Hugging Face's files.

    Attributes:
        files: their contents, by name.
        max_seq_length: tokens of the longest text.
    """

    files: dict[str, bytes]
    max_seq_length: int


def of(path: str, which: str | None) -> TokenizerFiles:
    """The tokenizer beside weights.

    Args:
        path, which: as in `albert_tf.load`.
    Raises:
        ValueError: there is no tokenizer, or Hugging Face's files cannot
            describe it.
    """
    path = run_checkpoint.find(path, which)
    folder = saved_tasks.folder_of(path)
    tokenizer = saved_tasks.tokenizer(None, folder)
    length = saved_tasks.read(folder).max_seq_length
    if length is None:
        source = loading.open_source(path)
        positions = source.config.max_position_embeddings
        length = source.info.max_seq_length or positions
    return TokenizerFiles(huggingface_files.files(tokenizer, length), length)

"""albert_tf.convert: weights from one format to another."""

from typing import NamedTuple

from albert_tf.interop import convert as convert_lib
from albert_tf.workflows.common import named_models
from albert_tf.workflows.common import new_output
from albert_tf.workflows.common import preset_vocabulary
from albert_tf.workflows.common import tokenizer_files
from albert_tf.workflows.configs import convert as convert_config


class ConvertResult(NamedTuple):
    """The output of a conversion.

    Attributes:
        output: the folder that was written.
        report: lines of text: the matched weights, and the largest differences
            between the outputs of both models.
    """

    output: str
    report: tuple[str, ...]


def convert(config: convert_config.ConvertConfig) -> ConvertResult:
    """Converts weights between the formats of Google, Hugging Face, keras-hub,
    sentence-transformers and this package.

    A keras-hub preset also gets the SentencePiece model that lies beside the
    input, and a folder of sentence-transformers the tokenizer's files.

    Args:
        config: the weights, and the format to write.
    Returns:
        The folder that was written, and how the outputs of both models differ.
    Raises:
        FileExistsError: the output already exists.
        ValueError: the input cannot be read, or the format cannot hold it.

    Example:
        >>> config = albert_tf.ConvertConfig(
        ...     input="albert_base_v2", output="converted", to="huggingface"
        ... )
        >>> albert_tf.convert(config).output  # doctest: +SKIP
        'converted'
    """
    vocabulary: bytes | None = None
    lines: list[str] = []
    files: dict[str, bytes] = {}
    length: int | None = None
    if config.to == "keras_hub":
        vocabulary, lines = preset_vocabulary.find(config.input, config.which)
    with new_output.hold(config.output, "--output", "converting"):
        config = named_models.fetched(config)
        if config.to == "sentence_transformers":
            files, length = tokenizer_files.of(config.input, config.which)
        report = convert_lib.convert(
            config.input,
            config.output,
            config.to,
            head=config.head,
            task=config.task,
            config=config.albert_config_file,
            which=config.which,
            vocabulary=vocabulary,
            files=files,
            max_seq_length=length,
        )
    return ConvertResult(config.output, (*report, *lines))

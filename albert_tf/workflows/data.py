"""The workflows that make data: a corpus, a vocabulary, and records."""

import os

from data_pipeline.corpora.write_corpus import CorpusResult
from data_pipeline.corpora.write_corpus import write_corpus
from data_pipeline.pretraining.building import build_records as building
from data_pipeline.pretraining.building import records_config
from data_pipeline.pretraining.building.build_records import RecordsResult
from data_pipeline.vocabulary.train_vocabulary import VocabularyResult
from data_pipeline.vocabulary.train_vocabulary import train_vocabulary

__all__ = [
    "CorpusResult",
    "RecordsResult",
    "VocabularyResult",
    "build_records",
    "train_vocabulary",
    "write_corpus",
]


def build_records(config: records_config.RecordsConfig) -> RecordsResult:
    """Builds records, or completes a build that was stopped.

    The same text, vocabulary and settings give the same bytes, whatever the
    number of processes. The vocabulary may be named by its model, such as
    albert-base-v2, which is then fetched.

    Raises:
        BlockingIOError: another process writes to the folder.
        FileExistsError: the folder holds records of other settings.
        FileNotFoundError: there is no such text, or no such vocabulary.
        ImportError: `runner` is given and Apache Beam is not installed.
        OSError: the vocabulary cannot be fetched.
        ValueError: the text is invalid or holds no token.

    Example:
        >>> import pathlib, tempfile
        >>> import albert_tf
        >>> folder = tempfile.mkdtemp()
        >>> text = pathlib.Path(folder, "text.txt")
        >>> sentences = [
        ...     f"{who} {does} the {what}."
        ...     for who in ("Ada", "Ben", "Cleo")
        ...     for does in ("builds", "crosses", "paints", "sees")
        ...     for what in ("bridge", "garden", "house", "road")
        ... ]
        >>> _ = text.write_text("\\n".join(sentences))
        >>> vocabulary = albert_tf.train_vocabulary(
        ...     albert_tf.VocabularyConfig(
        ...         input_file=text, output_dir=f"{folder}/vocab", vocab_size=34
        ...     )
        ... )
        >>> made = albert_tf.build_records(
        ...     albert_tf.RecordsConfig(
        ...         input_file=text,
        ...         spm_model_file=vocabulary.output_dir,
        ...         output_dir=f"{folder}/records",
        ...         max_seq_length=64,
        ...         num_workers=1,
        ...     )
        ... )
        >>> made.counts["sentences"], len(made.files)
        (48, 1)
    """
    if not os.path.exists(config.spm_model_file):
        # TensorFlow and Keras are imported for a name only.
        from albert_tf.workflows.common import named_models

        config = named_models.fetched(config)
    return building.build_records(config)

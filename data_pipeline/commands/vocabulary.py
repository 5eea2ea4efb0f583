r"""Trains a SentencePiece vocabulary with ALBERT's special pieces.

    albert-tf vocab --input_file=corpus/train.txt --output_dir=vocab \
        --vocab_size=4000

writes vocab/tokenizer.model, vocab/tokenizer.json (its settings), and
vocab/report.json, which reports how well it fits held-out sentences. Special
pieces have the ids of the released vocabulary: <pad> 0, <unk> 1, [CLS] 2,
[SEP] 3, [MASK] 4, then ( ) " - . – £ €.

The text may have any size: the vocabulary is trained on a uniform sample of its
sentences, as large as --memory_limit_gb allows.
"""

from data_pipeline.commands import config_flags
from data_pipeline.vocabulary import vocabulary_config


def run() -> None:
    config_flags.run(
        vocabulary_config.VocabularyConfig,
        "data_pipeline.vocabulary.train_vocabulary:train_vocabulary",
        __doc__,
        # Shown before all others by --help.
        first=("input_file", "output_dir", "vocab_size", "normalization"),
    )

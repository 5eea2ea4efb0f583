r"""Trains a SentencePiece vocabulary with ALBERT's special pieces.

    python -m data_pipeline.text.train_vocab --input_file='corpus/train.txt' \
        --output_dir=vocab --vocab_size=30000

writes vocab/tokenizer.model and vocab/tokenizer.json (its settings). Ids as in
the released vocabulary: <pad> 0, <unk> 1, [CLS] 2, [SEP] 3, [MASK] 4, then
( ) " - . – £ €.
"""

import io
import os
import tempfile
from collections.abc import Iterable
from collections.abc import Iterator

import sentencepiece
from absl import flags
from absl import logging
from tqdm import auto as tqdm

from data_pipeline import command_line
from data_pipeline.pretraining import corpora
from data_pipeline.text import normalize
from data_pipeline.text import settings
from data_pipeline.text import tokenizer as tokenizer_lib

# google-research/albert, README, and issue 149 there.
CONTROL_SYMBOLS = ["[CLS]", "[SEP]", "[MASK]"]
USER_DEFINED_SYMBOLS = ["(", ")", '"', "-", ".", "–", "£", "€"]
CHARACTER_COVERAGE = 0.99995

_FLAGS = flags.FLAGS


def train(
    sentences: Iterable[str],
    *,
    vocab_size: int,
    input_sentence_size: int = 10_000_000,
    seed: int = 0,
) -> bytes:
    """Trains a unigram model; returns the serialized SentencePiece model.

    Args:
        sentences: normalized text, one sentence each.
        vocab_size: pieces in all, special ones included.
        input_sentence_size: sentences kept, drawn at random from all.
        seed: of that draw.
    Raises:
        ValueError: there is no text, or too little for so many pieces.
    """
    model = io.BytesIO()
    sentencepiece.set_random_generator_seed(seed)
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(sentences),
            model_writer=model,
            model_type="unigram",
            vocab_size=vocab_size,
            pad_id=0,
            unk_id=1,
            bos_id=-1,
            eos_id=-1,
            pad_piece="<pad>",
            unk_piece="<unk>",
            control_symbols=CONTROL_SYMBOLS,
            user_defined_symbols=USER_DEFINED_SYMBOLS,
            character_coverage=CHARACTER_COVERAGE,
            input_sentence_size=input_sentence_size,
            shuffle_input_sentence=True,
            minloglevel=1,
        )
    except RuntimeError as error:
        raise ValueError(
            "The text must yield the vocabulary asked for. Received: "
            f"vocab_size={vocab_size}, and SentencePiece says: "
            f"{' '.join(str(error).split())}"
        ) from None
    return model.getvalue()


def main(argv: list[str]) -> None:
    command_line.no_arguments(argv)
    output_dir = _FLAGS.output_dir
    command_line.refuse_to_overwrite(os.path.join(output_dir, "tokenizer.json"))
    how = settings.Settings(
        kind="sentencepiece",
        lower_case=_FLAGS.do_lower_case,
        normalization=_FLAGS.normalization,
    )
    sentences = _normalized_sentences(
        _FLAGS.input_file, _FLAGS.input_format, how.normalizer()
    )
    model = train(
        tqdm.tqdm(sentences, unit=" sentences"),
        vocab_size=_FLAGS.vocab_size,
        input_sentence_size=_FLAGS.input_sentence_size,
        seed=_FLAGS.random_seed,
    )
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "tokenizer.model")
        with open(path, "wb") as file:
            file.write(model)
        tokenizer = tokenizer_lib.load(
            path, lower_case=how.lower_case, normalization=how.normalization
        )
        tokenizer.save(output_dir)
    logging.info(
        "Wrote %d pieces to %s. Next: data_pipeline.pretraining."
        "create_pretraining_data --spm_model_file=%s",
        tokenizer.vocab_size,
        output_dir,
        os.path.join(output_dir, "tokenizer.model"),
    )


def _normalized_sentences(
    patterns: str, input_format: str, normalizer: normalize.Normalizer
) -> Iterator[str]:
    """The text as the tokenizer will hand it to SentencePiece."""
    for document in corpora.read(patterns, input_format):
        for sentence in document.sentences:
            yield normalizer(sentence)


if __name__ == "__main__":
    corpora.define_input_flags()
    flags.adopt_module_key_flags(corpora)  # for --help
    flags.DEFINE_string("output_dir", None, "Where the vocabulary goes.")
    flags.DEFINE_integer(
        "vocab_size", 30000, "Pieces, special ones included.", lower_bound=32
    )
    flags.DEFINE_bool(
        "do_lower_case", True, "Lower-case text, now and in every later use."
    )
    flags.DEFINE_enum(
        "normalization",
        "albert",
        list(normalize.PROFILES),
        "albert strips accents, as the published models; nfkc and none keep "
        "what other scripts need. Saved with the vocabulary.",
    )
    flags.DEFINE_integer(
        "input_sentence_size",
        10_000_000,
        "Sentences to train on, drawn at random from all.",
    )
    flags.DEFINE_integer("random_seed", 12345, "Seed of that draw.")
    flags.mark_flag_as_required("output_dir")
    command_line.run(main)

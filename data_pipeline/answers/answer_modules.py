"""Makes the modules that turn text into answers, by kind of task."""

import dataclasses
from collections.abc import Callable
from collections.abc import Mapping
from functools import partial
from typing import Any

import tensorflow as tf

from data_pipeline.answers import calibrated
from data_pipeline.answers import embeddings
from data_pipeline.answers import masks
from data_pipeline.answers import spans
from data_pipeline.answers import tags
from data_pipeline.answers import text_windows
from data_pipeline.answers import texts
from data_pipeline.answers import writing
from data_pipeline.tasks.calibration import calibrations
from data_pipeline.tasks.tags import label_schemes
from data_pipeline.tasks.texts import long_texts
from data_pipeline.text import tokenizers

# The kind of a pretrained model; the others are those of tasks.kinds.
PRETRAINING = "pretraining"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """Lengths in tokens, and how answers to questions are chosen.

    Attributes: see TaskConfig's settings of the same names.
    """

    max_seq_length: int
    long_texts: str = "cut"
    max_windows: int = 1
    max_qa_length: int = 128
    doc_stride: int = 128
    max_query_length: int = 64
    n_best_size: int = 20
    max_answer_length: int = 30


Row = Mapping[str, Any]
Modules = dict[str, tf.Module]


def make(row: Row, tokenizer: tokenizers.Tokenizer, **options: Any) -> Modules:
    """Makes the modules that answer, by the names of their signatures.

    Args:
        row: the task, as made by saved_tasks.row; a pretrained model only
            needs its kind.
        tokenizer: the model's tokenizer.
        **options: fields of `Options`.
    Returns:
        A module for "text"; for tagging also one for "words", and for
        embeddings one for "pair".
    Raises:
        ValueError: models of this kind have no answers to text.
    """
    if row["kind"] not in MODULES:
        raise ValueError(
            "Models that are exported with answers to text must be of one of "
            f"the kinds {', '.join(MODULES)}. Received: {row['kind']}. Export "
            "another format."
        )
    return MODULES[row["kind"]](row, tokenizer, Options(**options))


def _pretraining(
    row: Row, tokenizer: tokenizers.Tokenizer, options: Options
) -> Modules:
    return {"text": masks.Masks(tokenizer, options.max_seq_length)}


def _texts(
    answer: texts.Answer,
    row: Row,
    tokenizer: tokenizers.Tokenizer,
    options: Options,
) -> Modules:
    calibration = calibrations.of_row(row)
    make: Callable[..., texts.Texts] = texts.Texts
    if options.long_texts == long_texts.WINDOWS:
        make = partial(
            text_windows.WindowedTexts,
            doc_stride=options.doc_stride,
            max_windows=options.max_windows,
        )
    module = make(
        tokenizer,
        calibrated.answer(calibration) or answer,
        row["labels"],
        row["num_texts"],
        options.max_seq_length,
        head_tail=options.long_texts == long_texts.HEAD_TAIL,
    )
    return {"text": module}


def _multiple_choice(
    row: Row, tokenizer: tokenizers.Tokenizer, options: Options
) -> Modules:
    module = texts.Choices(
        tokenizer, options.max_seq_length, options.max_qa_length
    )
    return {"text": module}


def _tagging(
    row: Row, tokenizer: tokenizers.Tokenizer, options: Options
) -> Modules:
    labels = label_schemes.as_bio(row["labels"])
    return {
        name: tags.Tags(
            tokenizer,
            labels,
            row["scheme"],
            options.max_seq_length,
            takes_words=name == "words",
            transitions=row.get("transitions"),
        )
        for name in ("text", "words")
    }


def _span(
    row: Row, tokenizer: tokenizers.Tokenizer, options: Options
) -> Modules:
    longest = options.max_seq_length - 4  # [CLS], two [SEP] and a token
    module = spans.Spans(
        tokenizer,
        row["null_score_threshold"],
        max_seq_length=options.max_seq_length,
        doc_stride=options.doc_stride,
        max_query_length=min(options.max_query_length, longest),
        n_best_size=options.n_best_size,
        max_answer_length=options.max_answer_length,
    )
    return {"text": module}


def _embedding(
    row: Row, tokenizer: tokenizers.Tokenizer, options: Options
) -> Modules:
    text = embeddings.Embeddings(tokenizer, options.max_seq_length)
    return {"text": text, "pair": embeddings.Pairs(text, tokenizer)}


def _generation(
    row: Row, tokenizer: tokenizers.Tokenizer, options: Options
) -> Modules:
    return {"text": writing.Writing(tokenizer, options.max_seq_length)}


# By kind. An export of another kind can hold its model only.
MODULES: dict[str, Callable[[Row, tokenizers.Tokenizer, Options], Modules]] = {
    PRETRAINING: _pretraining,
    **dict(
        classification=partial(_texts, texts.class_answer),
        multilabel=partial(_texts, texts.label_set_answer),
        regression=partial(_texts, texts.number_answer),
        multiple_choice=_multiple_choice,
        tagging=_tagging,
        span=_span,
        embedding=_embedding,
        generation=_generation,
    ),
}

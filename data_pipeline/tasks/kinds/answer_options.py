"""How answers are chosen from a model's outputs."""

from dataclasses import dataclass

from data_pipeline.text import tokenizers


@dataclass(frozen=True, kw_only=True)
class AnswerOptions:
    """How answers are chosen.

    Attributes:
        n_best_size, max_answer_length: see `span_answers.predict`.
        none_label: what the prediction is for a text of none of the classes.
        tokenizer: the model's tokenizer; None where ids are not read.
    """

    n_best_size: int = 20
    max_answer_length: int = 30
    none_label: str = ""
    tokenizer: tokenizers.Tokenizer | None = None

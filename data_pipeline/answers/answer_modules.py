"""The answers of each kind of task."""

from data_pipeline.answers import masks
from data_pipeline.answers import spans
from data_pipeline.answers import tags
from data_pipeline.answers import texts
from data_pipeline.tasks.tags import label_schemes
from data_pipeline.text import tokenizers

# The kind of a pretrained model; the others are those of tasks.table.
PRETRAINING = "pretraining"


def make(
    row: dict,
    tokenizer: tokenizers.Tokenizer,
    *,
    max_seq_length: int,
    max_qa_length: int = 128,
    doc_stride: int = 128,
    max_query_length: int = 64,
    n_best_size: int = 20,
    max_answer_length: int = 30,
) -> dict:
    """Makes the modules that answer, by the names of signatures.

    Args:
        row: the task, from saved_tasks.row; a pretrained model needs only its
            kind.
        tokenizer: the model's tokenizer.
        others: as the flags of albert-tf finetune.
    Returns:
        A dict of "text" and, for tagging, "words".
    """
    kind = row["kind"]
    if kind == PRETRAINING:
        return {"text": masks.Masks(tokenizer, max_seq_length)}
    if kind == "multiple_choice":
        return {"text": texts.Choices(tokenizer, max_seq_length, max_qa_length)}
    if kind == "tagging":
        labels = label_schemes.as_bio(row["labels"])
        of = (tokenizer, labels, row["scheme"], max_seq_length)
        return {
            "text": tags.Tags(*of),
            "words": tags.Tags(*of, takes_words=True),
        }
    if kind == "span":
        found = spans.Spans(
            tokenizer,
            row["null_score_threshold"],
            max_seq_length=max_seq_length,
            doc_stride=doc_stride,
            max_query_length=min(max_query_length, max_seq_length - 4),
            n_best_size=n_best_size,
            max_answer_length=max_answer_length,
        )
        return {"text": found}
    answers = texts.Texts(
        tokenizer, kind, row["labels"], row["num_texts"], max_seq_length
    )
    return {"text": answers}

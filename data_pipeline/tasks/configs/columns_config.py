"""The config of a user's own files: which column holds what."""

import dataclasses

from data_pipeline import config
from data_pipeline.config import setting
from data_pipeline.tasks import kinds


def _metrics() -> str:
    """The metrics to choose from, by kind of task."""
    return "; ".join(
        f"{', '.join(kind.metrics)} ({name})"
        for name, kind in kinds.KINDS.items()
        if kind.metrics
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class ColumnsConfig(config.Config):
    """The layout of a user's own files."""

    token_column: int = setting(
        0,
        "Column of the words in CoNLL files, counted from 0.",
        section="Columns of your own data",
        decides="data",
        remembered="form",
    )
    tag_column: int = setting(
        -1,
        "Column of the tags in CoNLL files, counted from 0; -1 is the last.",
        section="Columns of your own data",
        decides="data",
        remembered="form",
    )
    task_type: str | None = setting(
        None,
        "Kind of task, for --task_name=custom.",
        section="Columns of your own data",
        choices=tuple(kinds.KINDS),
        remembered="form",
    )
    metric: str | None = setting(
        None,
        "Metric that picks the best checkpoint and is reported first: "
        f"{_metrics()}. If left out, the task's official one; for your own "
        "data with one class per text, macro_f1 instead of accuracy if a class "
        "is rare.",
        section="Columns of your own data",
        remembered="form",
    )
    header: bool = setting(
        True,
        "Whether the first line of a text file names its columns. If not, "
        "their names are 0, 1 and so on.",
        section="Columns of your own data",
        decides="data",
        remembered="form",
    )
    delimiter: str | None = setting(
        None,
        "Character between the columns of a text file, or tab. If left out, "
        "it is detected: comma, semicolon, tab or |.",
        section="Columns of your own data",
        decides="data",
        remembered="form",
    )
    encoding: str | None = setting(
        None,
        "Encoding of text files that have no byte order mark, such as cp1252 "
        "or gb18030. If left out: UTF-8, or UTF-16 if the line ends show it.",
        section="Columns of your own data",
        decides="data",
        remembered="form",
    )
    id_column: str | None = setting(
        None,
        "Column of ids for predictions. If left out, row numbers are used.",
        section="Columns of your own data",
        decides=False,
        remembered="form",
    )
    text_column: str = setting(
        "text",
        "Column of the text.",
        section="Columns of your own data",
        decides="data",
        remembered="form",
    )
    text_pair_column: str | None = setting(
        None,
        "Column of the second text, for pairs of texts.",
        section="Columns of your own data",
        decides="data",
        remembered="form",
    )
    target_column: str = setting(
        "target",
        "Column of the text to write in generation tasks; in JSON and Parquet "
        "it may hold a list of texts, each of which is right.",
        section="Columns of your own data",
        decides="data",
        remembered="form",
    )
    label_column: str = setting(
        "label",
        "Column of the label or labels.",
        section="Columns of your own data",
        decides="data",
        remembered="form",
    )
    weight_column: str | None = setting(
        None,
        "Column of the training file with the weight of each row in the loss, "
        "from 0 on, for classes, numbers and several labels. Weights are "
        "divided by their mean.",
        section="Columns of your own data",
        decides="data",
    )
    label_separator: str = setting(
        "|",
        "Separator of the labels in a cell, in multi-label tasks.",
        section="Columns of your own data",
        decides="data",
        remembered="form",
    )
    label_columns: tuple[str, ...] | None = setting(
        None,
        "Columns of 0 and 1 in multi-label tasks, one for each label, instead "
        "of --label_column; their names are the labels.",
        section="Columns of your own data",
        decides="data",
        remembered="form",
    )
    negative_columns: tuple[str, ...] | None = setting(
        None,
        "Columns of hard negatives in embedding tasks, beside the positive in "
        "--text_pair_column.",
        section="Columns of your own data",
        decides="data",
        remembered="form",
    )
    score_column: str | None = setting(
        None,
        "Column of a pair's score in embedding tasks: a higher one for texts "
        "that are more alike.",
        section="Columns of your own data",
        decides="data",
        remembered="form",
    )
    layout: str | None = setting(
        None,
        "Layout of the files of embedding tasks: named columns, or that of "
        "SNLI (which becomes triplets of premise, entailment and "
        "contradiction), STS, SICK, or BEIR (a file of judgments, such as "
        "qrels/train.tsv). If left out, the first line decides.",
        section="Columns of your own data",
        choices=("columns", "snli", "sts", "sick", "beir"),
        decides="data",
    )
    query_prompt: str = setting(
        "",
        "Text put before each anchor in embedding tasks, such as 'query: '. It "
        "is saved as the model's prompt named query.",
        section="Columns of your own data",
        decides="data",
        remembered="form",
    )
    document_prompt: str = setting(
        "",
        "Text put before each positive and negative in embedding tasks, and "
        "saved as the model's prompt named document.",
        section="Columns of your own data",
        decides="data",
        remembered="form",
    )
    choice_columns: tuple[str, ...] | None = setting(
        None,
        "Columns of the choices in multiple choice.",
        section="Columns of your own data",
        decides="data",
        remembered="form",
    )
    words_column: str = setting(
        "words",
        "Column of the words in tagging tasks.",
        section="Columns of your own data",
        decides="data",
        remembered="form",
    )
    tags_column: str = setting(
        "tags",
        "Column of the tags in tagging tasks.",
        section="Columns of your own data",
        decides="data",
        remembered="form",
    )
    sentence_column: str | None = setting(
        None,
        "Column that identifies the sentence in tagging tasks, if each row "
        "holds one word.",
        section="Columns of your own data",
        decides="data",
        remembered="form",
    )
    context_column: str = setting(
        "context",
        "Column of the context in span tasks and in multiple choice, where it "
        "may be empty for no context.",
        section="Columns of your own data",
        decides="data",
        remembered="form",
    )
    question_column: str = setting(
        "question",
        "Column of the question in span tasks.",
        section="Columns of your own data",
        decides="data",
        remembered="form",
    )
    answer_column: str = setting(
        "answer",
        "Column of the answer in span tasks; an empty cell means that the "
        "question has no answer.",
        section="Columns of your own data",
        decides="data",
        remembered="form",
    )
    answer_start_column: str | None = setting(
        None,
        "Column of the answer's first character in the context, counted from "
        "0, in span tasks.",
        section="Columns of your own data",
        decides="data",
        remembered="form",
    )

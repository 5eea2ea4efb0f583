"""The columns of a user's own files, from a config."""

from data_pipeline.tasks import file_columns
from data_pipeline.tasks.configs import columns_config
from data_pipeline.tasks.data import custom


def of(config: columns_config.ColumnsConfig, kind: str) -> file_columns.Columns:
    """The columns that a config names.

    Raises:
        ValueError: they do not fit the kind of task.
    """
    found = file_columns.Columns(
        kind,
        header=config.header,
        delimiter=config.delimiter,
        encoding=config.encoding,
        id=config.id_column,
        text=config.text_column,
        text_pair=config.text_pair_column,
        target=config.target_column,
        label=config.label_column,
        weight=config.weight_column,
        label_separator=config.label_separator,
        label_columns=tuple(config.label_columns or ()),
        negatives=tuple(config.negative_columns or ()),
        score=config.score_column,
        layout=config.layout,
        query_prompt=config.query_prompt,
        document_prompt=config.document_prompt,
        choices=tuple(config.choice_columns or ()),
        words=config.words_column,
        tags=config.tags_column,
        sentence=config.sentence_column,
        token_column=config.token_column,
        tag_column=config.tag_column,
        context=config.context_column or None,
        question=config.question_column,
        answer=config.answer_column,
        answer_start=config.answer_start_column,
    )
    custom.check(found)
    return found

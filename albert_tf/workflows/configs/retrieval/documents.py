"""Settings of files of documents: which column holds what."""

import dataclasses

from data_pipeline import config
from data_pipeline.config import setting
from data_pipeline.tasks import row_problems


@dataclasses.dataclass(frozen=True, kw_only=True)
class DocumentsConfig(config.Config):
    """The layout of a file of documents."""

    text_column: str = setting(
        "text",
        "Column of the text.",
        section="Columns of the documents",
    )
    id_column: str | None = setting(
        None,
        "Column of ids, each unique. If left out: _id or id, where there is "
        "such a column, or the number of the row, from 0.",
        section="Columns of the documents",
    )
    title_column: str | None = setting(
        None,
        "Column of a heading, which is searched with the text. If left out: "
        "title, where there is such a column.",
        section="Columns of the documents",
    )
    header: bool = setting(
        True,
        "Whether the first line of a CSV or TSV file names its columns. If "
        "not, their names are 0, 1 and so on.",
        section="Columns of the documents",
    )
    delimiter: str | None = setting(
        None,
        "Character between the columns of a text file, or tab. If left out, "
        "it is detected: comma, semicolon, tab or |.",
        section="Columns of the documents",
    )
    encoding: str | None = setting(
        None,
        "Encoding of text files that have no byte order mark, such as cp1252. "
        "If left out: UTF-8, or UTF-16 if the line ends show it.",
        section="Columns of the documents",
    )
    on_bad_row: str = setting(
        "stop",
        "What to do at a malformed row, or one without a text: stop, or skip "
        "such rows.",
        section="Columns of the documents",
        choices=row_problems.ON_BAD_ROW,
    )

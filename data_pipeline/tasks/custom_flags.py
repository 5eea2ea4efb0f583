"""The flags that say what the columns of a user's own files hold."""

from absl import flags

from data_pipeline.commands import command_help
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import kinds

_FLAGS = flags.FLAGS


def define() -> None:
    """Defines them, for data_pipeline.tasks.task_flags."""
    string, integer = flags.DEFINE_string, flags.DEFINE_integer
    boolean, enum = flags.DEFINE_bool, flags.DEFINE_enum
    command_help.section("Columns of your own data")
    integer(
        "token_column",
        0,
        "Column of the words in CoNLL files, counted from 0.",
    )
    integer(
        "tag_column",
        -1,
        "Column of the tags in CoNLL files, counted from 0; -1 is the last.",
    )
    enum(
        "task_type",
        None,
        list(kinds.KINDS),
        "Kind of task that --task_name=custom is.",
    )
    boolean(
        "header",
        True,
        "Whether the first line of a text file names its columns. If not, "
        "they are called 0, 1 and so on.",
    )
    string(
        "delimiter",
        None,
        "Character between the columns of a text file, or tab. If left out, "
        "found among comma, semicolon, tab and |.",
    )
    string(
        "encoding",
        None,
        "Encoding of text files that have no byte order mark, such as cp1252 "
        "or gb18030. If left out, UTF-8, or UTF-16 if the line ends show it.",
    )
    string(
        "id_column",
        None,
        "Column of ids for predictions. If left out, the numbers of the rows.",
    )
    string("text_column", "text", "Column of the text.")
    string(
        "text_pair_column",
        None,
        "Column of the second text, if there are pairs of texts.",
    )
    string("label_column", "label", "Column of the label or labels.")
    string(
        "label_separator",
        "|",
        "Text between the labels of a cell, in multi-label tasks.",
    )
    flags.DEFINE_list(
        "label_columns",
        None,
        "Columns of 0 and 1 in multi-label tasks, one for each label, in place "
        "of --label_column; their names are the labels.",
    )
    flags.DEFINE_list(
        "choice_columns", None, "Columns of the choices in multiple choice."
    )
    string("words_column", "words", "Column of the words in tagging tasks.")
    string("tags_column", "tags", "Column of the tags in tagging tasks.")
    string(
        "sentence_column",
        None,
        "Column that names the sentence in tagging tasks, if each row holds "
        "one word.",
    )
    string(
        "context_column",
        "context",
        "Column of the context in multiple choice, which may be empty for "
        "none, and in span tasks.",
    )
    string(
        "question_column", "question", "Column of the question in span tasks."
    )
    string(
        "answer_column",
        "answer",
        "Column of the answer in span tasks; an empty cell means that there "
        "is none.",
    )
    string(
        "answer_start_column",
        None,
        "Column of the answer's first character in the context, counted from "
        "0, in span tasks.",
    )


def columns(kind: str) -> file_columns.Columns:
    """What is where, as the flags say."""
    return file_columns.Columns(
        kind,
        header=_FLAGS.header,
        delimiter=_FLAGS.delimiter,
        encoding=_FLAGS.encoding,
        id=_FLAGS.id_column,
        text=_FLAGS.text_column,
        text_pair=_FLAGS.text_pair_column,
        label=_FLAGS.label_column,
        label_separator=_FLAGS.label_separator,
        label_columns=tuple(_FLAGS.label_columns or ()),
        choices=tuple(_FLAGS.choice_columns or ()),
        words=_FLAGS.words_column,
        tags=_FLAGS.tags_column,
        sentence=_FLAGS.sentence_column,
        token_column=_FLAGS.token_column,
        tag_column=_FLAGS.tag_column,
        context=_FLAGS.context_column or None,
        question=_FLAGS.question_column,
        answer=_FLAGS.answer_column,
        answer_start=_FLAGS.answer_start_column,
    )

"""The flags that say what the columns of a user's own files hold."""

from absl import flags

from data_pipeline.tasks import custom
from data_pipeline.tasks import table

_FLAGS = flags.FLAGS


def define() -> None:
    string, integer = flags.DEFINE_string, flags.DEFINE_integer
    boolean, enum = flags.DEFINE_bool, flags.DEFINE_enum
    integer("token_column", 0, "Of tagging: column of the words, from 0.")
    integer("tag_column", -1, "The same of the tags; -1 is the last one.")
    enum("task_type", None, list(table.KINDS), "Kind of a task of your own.")
    boolean(
        "header", True, "Whether the first line of text files names columns."
    )
    string(
        "delimiter",
        None,
        "What separates columns in text files: one character, or tab. Left "
        "out: found among , ; tab and |.",
    )
    string(
        "encoding",
        None,
        "Of text files without a byte order mark, such as utf-16, cp1252 or "
        "gb18030. Left out: UTF-8, or UTF-16 if line ends say so.",
    )
    string("id_column", None, "Column of ids, if there is one.")
    string("text_column", "text", "Column of the text.")
    string("text_pair_column", None, "Column of the second text of pairs.")
    string("label_column", "label", "Column of the label or labels.")
    string("label_separator", "|", "Between the labels of a multi-label cell.")
    flags.DEFINE_list(
        "label_columns",
        None,
        "Columns of 0 and 1, one for each label, whose name it is: "
        "multi-label, in place of --label_column.",
    )
    flags.DEFINE_list("choice_columns", None, "Columns of multiple choice.")
    string("words_column", "words", "Column of words, tagging.")
    string("tags_column", "tags", "Column of tags, tagging.")
    string(
        "context_column", "context", "Column of what choices or spans are of."
    )
    string("question_column", "question", "Column of questions, spans.")
    string("answer_column", "answer", "Column of answers, spans; empty: none.")
    string("answer_start_column", None, "Column of the first character.")


def columns(kind: str) -> custom.Columns:
    """What is where, as the flags say."""
    return custom.Columns(
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
        token_column=_FLAGS.token_column,
        tag_column=_FLAGS.tag_column,
        context=_FLAGS.context_column or None,
        question=_FLAGS.question_column,
        answer=_FLAGS.answer_column,
        answer_start=_FLAGS.answer_start_column,
    )

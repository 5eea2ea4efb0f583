"""What the columns of a user's own files hold."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Columns:
    """Which column holds what, by name; each kind uses its own.

    kind: a name of kinds.KINDS.
    labelled: whether to read labels, tags or answers.
    header: whether the first line of .tsv and .csv names the columns;
        otherwise they are "0", "1", ...
    delimiter: what separates columns in text files; None to find it.
    encoding: of text files; None to find it.
    id: unique in the file; None for the number of the row from 0.

    text, text_pair, label: classification, multilabel, regression. text_pair
        is None for single texts. A multilabel cell is a list, or labels with
        `label_separator` between; empty for none of them.
    label_columns: multilabel, in place of `label`: a column of 0 and 1 for
        each label, whose name it is.
    context, choices, label: multiple_choice. context None for none; choices
        are columns. The label is the number of the right one from 0, its
        letter from A, or its text.
    words, tags: tagging; lists, or words with spaces between. token_column
        and tag_column: of .conll and .txt files, as conll.read has them.
        sentence: names the sentence, in tables with a word in each row. text
        and label: of texts whose entities are spans, see entity_layouts.
    context, question, answer, answer_start: span. An empty answer says that
        the context has none. answer_start: the answer's first character in
        the context, from 0; may be None or empty where the answer occurs once.
    """

    kind: str
    labelled: bool = True
    header: bool = True
    delimiter: str | None = None
    encoding: str | None = None
    id: str | None = None
    text: str = "text"
    text_pair: str | None = None
    label: str = "label"
    label_separator: str = "|"
    label_columns: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    words: str = "words"
    tags: str = "tags"
    token_column: int = 0
    tag_column: int = -1
    sentence: str | None = None
    context: str | None = "context"
    question: str = "question"
    answer: str = "answer"
    answer_start: str | None = None

    def __post_init__(self) -> None:
        if not self.label_separator:
            raise ValueError(
                "The separator of labels must be a text. Received: ''."
            )

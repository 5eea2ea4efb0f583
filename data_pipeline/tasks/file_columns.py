"""Which columns of a user's own files hold what."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Columns:
    """The names of columns; each kind of task uses some of them.

    Attributes:
        kind: a name in kinds.KINDS.
        labelled: whether to read labels, tags or answers.
        header: whether the first line of a text file names the columns; if
            not, they are "0", "1", ...
        delimiter: the character between columns of a text file; None: find
            out.
        encoding: the encoding of a text file; None: find out.
        id: column of ids, unique in the file; None: the rows' numbers, from 0.

        text, text_pair, label: classification, multilabel, regression.
            text_pair is None for single texts. A multilabel cell is a list, or
            labels with `label_separator` between them; it is empty for no
            label.
        weight: classification, multilabel, regression; weights of training
            examples; None if there are none.
        label_columns: multilabel, in place of `label`: columns of 0 and 1,
            each named after its label.
        context, choices, label: multiple_choice. context is None if there is
            none; choices are the columns of the choices. A label is the number
            of the right choice, from 0, its letter, from A, or its text.
        words, tags: tagging; lists, or words with spaces between them.
        token_column, tag_column: tagging; the same in .conll and .txt files,
            as in conll.read.
        sentence: tagging; the column that names the sentence, in tables with
            one word in each row.
        text, label: tagging; a text, and its entities as spans, as in
            entity_layouts.
        text, target: generation; the text to read, and the text to write or a
            list of texts, each of which is right.
        text, text_pair, negatives, score: embedding. A text, its positive or
            the other text of a pair, hard negatives, and a pair's score; all
            but `text` may be missing.
        layout: embedding; one of layouts.LAYOUTS; None: find out.
        query_prompt, document_prompt: embedding; put before `text`, and before
            the other texts.
        context, question, answer, answer_start: span. An empty answer means
            that the context has none. answer_start is the answer's first
            character in the context, from 0; it may be None or empty if the
            answer occurs once.
    """

    kind: str
    labelled: bool = True
    header: bool = True
    delimiter: str | None = None
    encoding: str | None = None
    id: str | None = None
    text: str = "text"
    text_pair: str | None = None
    target: str = "target"
    label: str = "label"
    weight: str | None = None
    label_separator: str = "|"
    label_columns: tuple[str, ...] = ()
    negatives: tuple[str, ...] = ()
    score: str | None = None
    layout: str | None = None
    query_prompt: str = ""
    document_prompt: str = ""
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
                "--label_separator must be a non-empty string. Received: ''. "
                "Leave it out for |."
            )

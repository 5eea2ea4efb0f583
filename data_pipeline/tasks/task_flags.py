"""The flags of run_classifier.py that are about tasks and their data."""

import os
from collections.abc import Sequence

from absl import flags

from data_pipeline import files
from data_pipeline.tasks import batch_plan
from data_pipeline.tasks import custom
from data_pipeline.tasks import encode
from data_pipeline.tasks import parts
from data_pipeline.tasks import problems
from data_pipeline.tasks import race
from data_pipeline.tasks import saved_tasks
from data_pipeline.tasks import table
from data_pipeline.tasks import task_data
from data_pipeline.text import tokenizer as tokenizer_lib

_FLAGS = flags.FLAGS


def define() -> None:
    define_data()
    string, integer = flags.DEFINE_string, flags.DEFINE_integer
    string(
        "spm_model_file",
        None,
        "Vocabulary, where the checkpoint has none beside it: a SentencePiece "
        "model, a vocab.txt, a folder that a tokenizer was saved to, or one of "
        "Hugging Face's.",
    )
    flags.DEFINE_bool(
        "do_lower_case",
        None,
        "Lower-case the text. Left out: as the files beside the vocabulary "
        "say, or True where there are none.",
    )
    integer(
        "max_seq_length", None, "Tokens in a row. Left out: the recipe's.", 8
    )
    flags.DEFINE_list(
        "length_buckets",
        None,
        "Lengths that rows are padded to, the last --max_seq_length; a "
        "program is compiled for each where XLA compiles. Left out: powers of "
        "two, or without XLA four lengths to each.",
    )
    flags.DEFINE_bool(
        "pack",
        False,
        "Whether to put several texts into a row of --max_seq_length. For "
        "texts, pairs and tags.",
    )
    integer("max_qa_length", 128, "Pieces of a question and option, RACE.", 1)
    integer("doc_stride", 128, "Tokens from one window to the next, spans.", 1)
    integer("max_query_length", 64, "Pieces of a question, spans.", 1)
    integer("n_best_size", 20, "Answers of a question to keep, spans.", 1)
    integer("max_answer_length", 30, "Tokens of an answer, spans.", 1)
    flags.DEFINE_float(
        "null_score_threshold",
        None,
        "Null score above which a question has no answer. Left out: found on "
        "one half of the evaluated questions and used on the other, and the "
        "reverse; for prediction, that of the model's last evaluation.",
    )
    string(
        "cached_dir",
        None,
        "Where to keep encoded data. Left out: cache/ in --output_dir.",
    )
    integer("num_workers", os.cpu_count(), "Processes that encode spans.", 1)


def define_data() -> None:
    """Those that say what the data is and where."""
    string, integer = flags.DEFINE_string, flags.DEFINE_integer
    boolean, enum = flags.DEFINE_bool, flags.DEFINE_enum
    names = ", ".join((*table.TASKS, table.CUSTOM))
    flags.DEFINE_list(
        "task_name",
        None,
        f"Of {names}; several with commas are trained at once.",
    )
    string(
        "data_dir",
        None,
        "Folder of the data in its official layout; of several tasks, the "
        "one that holds a folder for each.",
    )
    for part in ("train", "eval", "predict"):
        string(f"{part}_file", None, f"File to {part} on, instead.")
    boolean("tfds", False, "Take GLUE from TensorFlow Datasets.")
    enum(
        "on_bad_row",
        "stop",
        list(problems.ON_BAD_ROW),
        "What to do about rows that cannot be used. skip: leave them out and "
        "count them; there is a prediction for each all the same.",
    )
    enum("level", "all", ["all", *race.LEVELS], "Of RACE.")
    integer("token_column", 0, "Of tagging: column of the words, from 0.")
    integer("tag_column", -1, "The same of the tags; -1 is the last one.")
    enum("task_type", None, list(table.KINDS), "Kind of a task of your own.")
    boolean("header", True, "Whether .tsv and .csv files name their columns.")
    string("id_column", None, "Column of ids, if there is one.")
    string("text_column", "text", "Column of the text.")
    string("text_pair_column", None, "Column of the second text of pairs.")
    string("label_column", "label", "Column of the label or labels.")
    string("label_separator", "|", "Between the labels of a multi-label cell.")
    flags.DEFINE_list("choice_columns", None, "Columns of multiple choice.")
    string("words_column", "words", "Column of words, tagging.")
    string("tags_column", "tags", "Column of tags, tagging.")
    string(
        "context_column", "context", "Column of what choices or spans are of."
    )
    string("question_column", "question", "Column of questions, spans.")
    string("answer_column", "answer", "Column of answers, spans; empty: none.")
    string("answer_start_column", None, "Column of the first character.")


def tasks() -> list[table.Task]:
    """Of --task_name.

    Raises:
        ValueError: an unknown name, one twice, or --task_type is missing.
    """
    found = []
    for name in _FLAGS.task_name:
        if name != table.CUSTOM:
            found.append(table.named(name))
            continue
        if not _FLAGS.task_type:
            raise ValueError(
                "A task of your own has a --task_type: one of "
                f"{', '.join(table.KINDS)}. Received: none."
            )
        # A span without an answer is an empty cell, which any file may have.
        found.append(table.custom(_FLAGS.task_type, unanswerable=True))
    if len({task.name for task in found}) < len(found):
        raise ValueError(
            "Each task is named once. Received: --task_name="
            f"{','.join(_FLAGS.task_name)}."
        )
    return found


def source(task: table.Task) -> parts.Source:
    given = {
        "train": _FLAGS.train_file,
        "dev": _FLAGS.eval_file,
        "test": _FLAGS.predict_file,
    }
    columns = None
    if task.name == table.CUSTOM:
        columns = custom.Columns(
            task.kind,
            header=_FLAGS.header,
            id=_FLAGS.id_column,
            text=_FLAGS.text_column,
            text_pair=_FLAGS.text_pair_column,
            label=_FLAGS.label_column,
            label_separator=_FLAGS.label_separator,
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
    return parts.Source(
        data_dir=_FLAGS.data_dir,
        files={name: path for name, path in given.items() if path},
        tfds=_FLAGS.tfds,
        on_bad_row=_FLAGS.on_bad_row,
        level=_FLAGS.level,
        token_column=_FLAGS.token_column,
        tag_column=_FLAGS.tag_column,
        columns=columns,
    )


def data(
    task: table.Task,
    tokenizer: tokenizer_lib.Tokenizer,
    max_seq_length: int,
    labels: Sequence[str],
    train: parts.Part | None = None,
    *,
    any_length: bool = False,
) -> task_data.TaskData:
    """The data of a task, as flags say; any_length as of `input.batches`."""
    span_options = {
        "n_best_size": _FLAGS.n_best_size,
        "max_answer_length": _FLAGS.max_answer_length,
    }
    return task_data.TaskData(
        task,
        source(task),
        labels,
        tokenizer,
        encode.Settings(
            max_seq_length=max_seq_length,
            max_qa_length=_FLAGS.max_qa_length,
            doc_stride=_FLAGS.doc_stride,
            max_query_length=_FLAGS.max_query_length,
        ),
        lengths(max_seq_length, any_length),
        any_length=any_length,
        num_workers=_FLAGS.num_workers,
        cache_dir=_cache_dir(),
        pack=_FLAGS.pack,
        train=train,
        evaluation_parts=("dev",) if _FLAGS.eval_file else task.evaluation,
        test_parts=("test",) if _FLAGS.predict_file else task.tests,
        **(span_options if task.kind == "span" else {}),
    )


def _cache_dir() -> str | None:
    """None for commands that have no folder of their own."""
    if _FLAGS.cached_dir or "output_dir" not in _FLAGS:
        return _FLAGS.cached_dir
    return os.path.join(_FLAGS.output_dir, "cache")


def trained_data(
    task: table.Task, checkpoint: str, longest: int
) -> tuple[task_data.TaskData, dict]:
    """The data of the task that a model was trained on, as flags say.

    Encoded data is kept beside the checkpoint, as runs keep it.

    Args:
        checkpoint: a folder, or a file in one.
        longest: rows that the model can read, where nothing says which it did.
    Returns:
        the data, and the row of task.json.
    """
    folder = _folder(checkpoint)
    if not _FLAGS.cached_dir:
        _FLAGS.cached_dir = os.path.join(folder, "cache")
    found = data_of_model(task, checkpoint, longest)
    saved = saved_tasks.read(folder)
    found.threshold, found.scheme = saved.threshold(task), saved.scheme(task)
    row = saved.of(task)
    if not row:  # nothing but the data says what the model reads
        found.train = found.get("train").part
        row = found.saved_row
    return found, row


def data_of_model(
    task: table.Task, checkpoint: str, longest: int
) -> task_data.TaskData:
    """The data of a task, for a model: its tokenizer, lengths and labels.

    Args: as of `trained_data`.
    """
    folder = _folder(checkpoint)
    saved = saved_tasks.read(folder)
    return data(
        task,
        saved_tasks.tokenizer(
            _FLAGS.spm_model_file, folder, _FLAGS.do_lower_case
        ),
        _FLAGS.max_seq_length or saved.max_seq_length or longest,
        saved.labels(task),
    )


def answer_options() -> dict[str, int]:
    """What an exported model's answers depend on, for answers.kinds.make."""
    return {
        name: _FLAGS[name].value
        for name in (
            "max_qa_length",
            "doc_stride",
            "max_query_length",
            "n_best_size",
            "max_answer_length",
        )
    }


def _folder(checkpoint: str) -> str:
    if files.is_folder(checkpoint):
        return checkpoint
    return os.path.dirname(checkpoint)


def lengths(max_seq_length: int, any_length: bool) -> tuple[int, ...]:
    """Of --length_buckets, or `batch_plan.default_lengths`.

    Raises:
        ValueError: they are no increasing numbers up to max_seq_length.
    """
    if not _FLAGS.length_buckets:
        return batch_plan.default_lengths(max_seq_length, any_length)
    given = _FLAGS.length_buckets
    found = [int(text) if text.isdecimal() else 0 for text in given]
    if (
        found != sorted(set(found))
        or found[0] < 3
        or (found[-1] != max_seq_length)
    ):
        raise ValueError(
            "--length_buckets are increasing lengths, the last that of "
            f"--max_seq_length. Received: {','.join(given)} and "
            f"{max_seq_length}."
        )
    return tuple(found)

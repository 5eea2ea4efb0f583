"""The parts of a task's data, from where the flags say they are."""

import dataclasses
import os
from collections.abc import Sequence

from absl import logging

from data_pipeline.io import files
from data_pipeline.tasks import examples as examples_lib
from data_pipeline.tasks import labels as labels_lib
from data_pipeline.tasks import problems as problems_lib
from data_pipeline.tasks import table
from data_pipeline.tasks.data import held_out
from data_pipeline.tasks.readers import custom
from data_pipeline.tasks.readers import glue
from data_pipeline.tasks.readers import race
from data_pipeline.tasks.spans import squad
from data_pipeline.tasks.spans import squad_layouts
from data_pipeline.tasks.tags import conll
from data_pipeline.tasks.tags import forms as tag_forms
from data_pipeline.tasks.tags import schemes as tag_schemes

Examples = list[examples_lib.Example | None]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Source:
    """Where the data is and how to read it.

    data_dir: the folder in the task's official layout.
    files: by part, a file to read instead.
    tfds: take GLUE from TensorFlow Datasets, with data_dir as its folder.
    on_bad_row: one of problems.ON_BAD_ROW.
    level: of RACE.
    token_column, tag_column: of CoNLL files.
    columns: of a user's own task, but for `labelled`.
    eval_fraction: of the training rows to hold out, see held_out.split.
    """

    data_dir: str | None = None
    files: dict[str, str] = dataclasses.field(default_factory=dict)
    tfds: bool = False
    on_bad_row: str = "stop"
    level: str = "all"
    token_column: int = 0
    tag_column: int = -1
    columns: custom.Columns | None = None
    eval_fraction: float | None = None


@dataclasses.dataclass(frozen=True)
class Part:
    """Examples, None in place of one that was skipped.

    name: of the part.
    path: where they were read, for messages.
    ids: of all of them, also of those that were skipped, if they have some.
    scheme: of the tags in the file; the examples have BIO.
    classes: all labels, where columns name them; () where examples do.
    """

    name: str
    path: str
    examples: Examples
    ids: list[str | None]
    scheme: str = "none"
    classes: tuple[str, ...] = ()


def read(
    task: table.Task,
    name: str,
    source: Source,
    *,
    labelled: bool,
    labels: Sequence[str] = (),
    scheme: str | None = None,
) -> Part:
    """Reads a part.

    Args:
        task: of the table, or a user's own.
        name: of the part, such as train or dev_matched.
        source: where it is.
        labelled: whether labels are wanted; there must be some then.
        labels: those that the model knows; () for any.
        scheme: of the tags that the model was trained on; None to find it out.
    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a row is bad, and bad rows stop.
    """
    if not source.eval_fraction or name not in ("train", held_out.NAME):
        return _read(task, name, source, labelled, labels, scheme)
    whole = _read(task, "train", source, True, labels, scheme)
    train, held = held_out.split(task, whole, source.eval_fraction)
    if name == "train":
        return train
    held_out.log(train, held, source.eval_fraction)
    return held


def _read(task, name, source, labelled, labels, scheme) -> Part:
    problems = problems_lib.Problems(source.on_bad_row)
    path = source.files.get(name)
    ids = []
    if task.name == table.CUSTOM:
        if not path:
            raise ValueError(
                "Data of your own must be in files. Received: none for "
                f"{name}. Name it with --{flag_of(name)}."
            )
        columns = dataclasses.replace(source.columns, labelled=labelled)
        known = labels if task.kind != "tagging" else ()
        examples = custom.read(path, problems, columns, known or None, ids)
        if task.kind == "span" and squad_layouts.are_in(path, columns.answer):
            ids = squad.question_ids(path)
    elif task.name == "race":
        path = os.path.join(_folder(task, source), name)
        examples = race.read(
            source.data_dir,
            name,
            problems,
            level=source.level,
            labelled=labelled,
        )
    elif source.tfds and not path:
        path = f"TFDS glue/{task.tfds or task.name}"
        examples = glue.read_tfds(
            task, name, problems, data_dir=source.data_dir, labelled=labelled
        )
    else:
        path = path or path_of(task, name, _folder(task, source))
        if task.kind == "span":
            examples = squad.read(path, problems, labelled, task.unanswerable)
            ids = squad.question_ids(path)
        elif task.kind == "tagging":
            examples = conll.read(
                path,
                problems,
                token_column=source.token_column,
                tag_column=source.tag_column,
                labelled=labelled,
            )
        else:
            examples = glue.read(task, path, problems, labelled=labelled)
    if task.kind == "tagging" and labelled:
        examples, scheme = _as_bio(examples, path, problems, labels, scheme)
    ids = ids or [example and example.id for example in examples]
    if not any(example is not None for example in examples):
        raise ValueError(
            f"There must be examples to read. Received: {path}, without one "
            "that can be used."
        )
    classes = source.columns.label_columns if source.columns else ()
    return Part(name, path, examples, ids, scheme or "none", classes)


def exists(task: table.Task, name: str, source: Source) -> bool:
    """Whether there is such a part."""
    if name == held_out.NAME:
        return bool(source.eval_fraction) and exists(task, "train", source)
    if name in source.files or source.tfds:
        return True
    if not source.data_dir or task.name == table.CUSTOM:
        return False
    if task.name == "race":
        return files.is_folder(os.path.join(source.data_dir, name))
    try:
        path_of(task, name, source.data_dir)
    except FileNotFoundError:
        return False
    return True


def path_of(task: table.Task, name: str, data_dir: str) -> str:
    """The file of a part: in data_dir, or in the task's folder of it.

    Raises:
        FileNotFoundError: it is in neither.
    """
    names = task.files.get(name, (f"{name}.tsv",))
    for place in (data_dir, os.path.join(data_dir, task.folder)):
        for file in names:
            path = os.path.join(place, file)
            if files.exists(path):
                return path
    where = task.folder and f", or in its folder {task.folder}"
    raise FileNotFoundError(
        f"The part {name} of {task.name} must be {' or '.join(names)} in "
        f"--data_dir{where}. "
        f"Received: --data_dir={data_dir}, without it. Name another file with "
        f"--{flag_of(name)}."
    )


def flag_of(name: str) -> str:
    """The flag that names a file for a part."""
    if name == "train":
        return "train_file"
    return "predict_file" if name.startswith("test") else "eval_file"


def _folder(task, source) -> str:
    if not source.data_dir:
        raise ValueError(
            f"The data of {task.name} must be in a folder. Received: no "
            "--data_dir. Name the folder."
        )
    return source.data_dir


def _as_bio(
    examples: Examples,
    path: str,
    problems: problems_lib.Problems,
    labels: Sequence[str],
    expected: str | None,
) -> tuple[Examples, str]:
    """Turns tags into BIO; checked against their scheme and what is known.

    Args:
        expected: the scheme of the training data; None for that itself.
    """
    tags = [example.tags if example else () for example in examples]
    if max(map(len, tags), default=0) == 1 < len(tags):
        logging.warning(
            "Every sentence of %s has one word. If a row of it is a word, name "
            "the column that says of which sentence with --sentence_column.",
            path,
        )
    spelling = tag_forms.detect(tags, expected)
    tag_forms.log(path, tags, spelling, expected)
    tags, scheme = tag_forms.respelled(tags, spelling.usual), spelling.scheme
    found = [
        example
        and dataclasses.replace(
            example, tags=tuple(tag_schemes.to_bio(own, scheme))
        )
        for example, own in zip(examples, tags, strict=True)
    ]
    whose = "those of the training data"
    if scheme != expected:
        whose = "most of this file"
    rule = f"Tags must be {scheme}, as {whose} are."
    faults = [(rule, *fault) for fault in tag_schemes.check(tags, scheme)]
    if labels:
        faults += [
            (labels_lib.unknown(labels), number, word, tag)
            for number, example in enumerate(found)
            for word, tag in enumerate(example.tags if example else ())
            if tag not in labels
        ]
    for rule, number, word, finding in faults:
        if found[number] is not None:  # the first fault of it
            place = _place_of(examples[number], word)
            problems.add(path, place, rule, finding)
            found[number] = None
    if faults:
        problems.close(path, len(examples))
    return found, scheme


def _place_of(example: examples_lib.TaggedExample, word: int) -> int | str:
    """Of a word: its line, or where a line holds a sentence the word there."""
    if example.lines:
        return example.lines[word]
    return f"{example.line}, word {word + 1}"

"""The keyword arguments of albert_tf.finetune, as a FinetuneConfig."""

import dataclasses
import difflib
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from albert_tf.runs import run_folder
from albert_tf.workflows.configs import finetune as finetune_config
from data_pipeline.io import files
from data_pipeline.io import outputs
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import kinds
from data_pipeline.tasks import table
from data_pipeline.tasks.data import columns_from_config
from data_pipeline.tasks.data import in_memory

# The folder for runs whose output_dir is left out.
RUNS = "finetuned"
_TASK_TYPE = "classification"
# The setting that names the column for each role.
_SETTINGS = file_columns.Columns(
    "",
    text="text_column",
    text_pair="text_pair_column",
    target="target_column",
    label="label_column",
    words="words_column",
    tags="tags_column",
    context="context_column",
    question="question_column",
    answer="answer_column",
    score="score_column",
)
# The order of columns in `text`.
_ORDER = (
    "question_column",
    "context_column",
    "words_column",
    "text_column",
    "text_pair_column",
)


def config_of(
    train: Any,
    evaluation: Any,
    text: str | Sequence[str] | None,
    label: str | Sequence[str] | None,
    settings: Mapping[str, Any],
) -> finetune_config.FinetuneConfig:
    """Makes the config of a run; data in memory is written to its folder.

    Args:
        train, evaluation, text, label: as in `albert_tf.finetune`, where the
            second is `eval`.
        settings: fields of FinetuneConfig.
    Raises:
        ValueError: an argument is unknown, or does not fit the others.
    """
    _check_names(settings)
    given = {"train_file": train, "eval_file": evaluation}
    given = {name: data for name, data in given.items() if data is not None}
    for name in given:
        if settings.get(name):
            raise ValueError(
                "Data must be given once. Received: "
                f"{name.removesuffix('_file')} and {name}. Leave one out."
            )
    settings = {**_defaults(given, settings), **settings}
    named = _named_columns(text, label, settings)
    paths = {
        name: os.fspath(given.pop(name))
        for name in [*given]
        if isinstance(given[name], str | os.PathLike)
    }
    config = finetune_config.FinetuneConfig(**{**settings, **named, **paths})
    if not given:
        return _in_folder(config, {})
    _check_own(config, given)
    with tempfile.TemporaryDirectory() as folder:
        written = {}
        for name, data in given.items():
            path = os.path.join(folder, f"{name}.jsonl")
            digest = _write(data, path, config, named)
            kept = f"{name.removesuffix('_file')}-{digest[:12]}.jsonl"
            written[name] = os.path.join(folder, kept)
            os.replace(path, written[name])
        config = _in_folder(config, written)
        return dataclasses.replace(config, **_copied(config, written))


def _check_names(settings: Mapping[str, Any]) -> None:
    fields = finetune_config.FinetuneConfig.__dataclass_fields__
    for name in settings:
        if name not in fields:
            near = difflib.get_close_matches(name, fields, n=3, cutoff=0.6)
            hint = f" Near it: {', '.join(near)}." if near else ""
            raise ValueError(
                "A keyword must be train, eval, text, label, or a field of "
                f"FinetuneConfig. Received: {name}.{hint}"
            )


def _defaults(
    given: Mapping[str, Any], settings: Mapping[str, Any]
) -> dict[str, Any]:
    places = ("eval_file", "eval_fraction", "folds", "data_dir", "tfds")
    evaluates = "eval_file" in given or any(map(settings.get, places))
    found: dict[str, Any] = {"do_train": True, "do_eval": evaluates}
    if not settings.get("task_name"):
        found |= {"task_name": table.CUSTOM, "task_type": _TASK_TYPE}
    return found


def _named_columns(
    text: str | Sequence[str] | None,
    label: str | Sequence[str] | None,
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    """The settings that name the columns of text and label."""
    if text is None and label is None:
        return {}
    kind = kinds.KINDS.get(settings.get("task_type") or "")
    if kind is None:
        raise ValueError(
            "`text` and `label` must be used with data of your own. Received: "
            f"task_name={settings['task_name']!r}. Leave them out, or leave "
            "task_name out and let task_type be one of "
            f"{', '.join(kinds.KINDS)}."
        )
    found: dict[str, Any] = {}
    if text is not None:
        known = sorted(filter(None, kind.inputs(_SETTINGS)), key=_ORDER.index)
        if kind.reads_apart:  # a column of other texts is not needed
            known = ["text_column", "text_pair_column"]
        columns = [text] if isinstance(text, str) else list(text)
        if kind.reads_apart and len(columns) > 2:
            found["negative_columns"] = tuple(columns[2:])
            columns = columns[:2]
        if not 0 < len(columns) <= len(known):
            raise ValueError(
                f"`text` must name the columns for {', '.join(known)}. "
                f"Received: {text!r}."
            )
        found |= dict(zip(known, columns, strict=False))
    if isinstance(label, str):
        found[next(filter(None, kind.targets(_SETTINGS)))] = label
    elif label is not None:
        found["label_columns"] = tuple(label)
    return found


def _check_own(
    config: finetune_config.FinetuneConfig, given: Mapping[str, Any]
) -> None:
    if config.task_type is None:
        name, data = next(iter(given.items()))
        raise ValueError(
            "Data in memory must be of your own. Received: "
            f"{name.removesuffix('_file')} as {type(data).__name__}, for "
            f"task_name={','.join(config.task_name or ())!r}. Give the path "
            "of a file, or leave task_name out."
        )


def _write(
    data: Any,
    path: str,
    config: finetune_config.FinetuneConfig,
    named: Mapping[str, Any],
) -> str:
    """Writes data to a file. Returns its hash."""
    assert config.task_type is not None
    columns = columns_from_config.of(config, config.task_type)
    kind = kinds.KINDS[config.task_type]
    in_order = [*kind.inputs(columns), *kind.targets(columns)]
    return in_memory.write(
        data,
        path,
        [name for name in in_order if name],
        tf.nest.flatten(list(named.values())),
    )


def _in_folder(
    config: finetune_config.FinetuneConfig, written: Mapping[str, str]
) -> finetune_config.FinetuneConfig:
    """The config with a folder: the same one for the same settings, so that
    the same call resumes."""
    if config.output_dir:
        return config
    names = {name: os.path.basename(path) for name, path in written.items()}
    decided = json.dumps({**config.values(), **names}, sort_keys=True)
    digest = hashlib.sha256(decided.encode()).hexdigest()
    start = config.init_checkpoint or ",".join(config.task_name or ())
    base = os.path.basename(os.path.normpath(start))
    output_dir = os.path.join(RUNS, f"{base}-{digest[:8]}")
    print(f"The run is in {output_dir}.")
    return dataclasses.replace(config, output_dir=output_dir)


def _copied(
    config: finetune_config.FinetuneConfig, written: Mapping[str, str]
) -> dict[str, Any]:
    """The paths of files of data in the folder of a run."""
    assert config.output_dir is not None
    outputs.check_folder(config.output_dir, "output_dir")
    folder = os.path.join(config.output_dir, run_folder.DATA_FOLDER)
    files.make_folder(folder)
    found: dict[str, Any] = {}
    for name, path in written.items():
        found[name] = os.path.join(folder, os.path.basename(path))
        if not files.exists(found[name]):
            tf.io.gfile.copy(path, f"{found[name]}.tmp", overwrite=True)
            files.rename(f"{found[name]}.tmp", found[name])
    return found

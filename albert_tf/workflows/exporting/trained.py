"""Loads the model to export, with its task and tokenizer."""

import dataclasses
from typing import Any

import keras

import albert_tf
from albert_tf import kinds as model_kinds
from albert_tf.interop import source_checks
from albert_tf.kinds import kind as kind_lib
from albert_tf.runs import run_checkpoint
from albert_tf.workflows.common.heads import own_calibration
from albert_tf.workflows.common.heads import window_models
from albert_tf.workflows.common.heads import writing_head
from albert_tf.workflows.configs import export as export_config
from data_pipeline.answers import answer_modules
from data_pipeline.tasks import kinds
from data_pipeline.tasks import table
from data_pipeline.tasks.calibration import calibrations
from data_pipeline.tasks.configs import fitted_rows
from data_pipeline.tasks.data import from_config
from data_pipeline.tasks.saved import known_tasks
from data_pipeline.tasks.saved import remembered
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizers

# For formats with outputs, the heads of a pretrained model that they need.
ANSWERED_BY = {
    **dict.fromkeys(
        (*export_config.SAVED_MODELS, "litert", "onnx", "openvino"),
        ("masked_lm",),
    ),
    "tfhub": ("pooler",),
}


@dataclasses.dataclass(frozen=True)
class Trained:
    """A trained model and its task.

    Attributes:
        checkpoint: path of the weights.
        model: the model, with the heads that it was trained with.
        tokenizer: the model's tokenizer.
        task: name of the task in task.json; "" for a pretrained model.
        row: the row of the task in task.json (`saved_tasks.row`).
        max_seq_length: tokens of the longest row.
    """

    checkpoint: str
    model: keras.Model
    tokenizer: tokenizers.Tokenizer
    task: str
    row: dict[str, Any]
    max_seq_length: int


def load(
    config: export_config.ExportConfig,
) -> tuple[export_config.ExportConfig, Trained]:
    """Loads the model that a config names, with its task.

    Returns:
        The config, completed with the settings of the model's training, and the
        model.
    Raises:
        ValueError: the model cannot be exported with these settings.
    """
    path = run_checkpoint.find(config.checkpoint, config.which)
    folder = saved_tasks.folder_of(path)
    if saved_tasks.read(folder).tasks:
        config = remembered.take(config, folder, ())
    name = task_name(config, saved_tasks.read(folder))
    model = albert_tf.load(
        path, head=model_kinds.shared_head(config.task_type), task=name
    )
    _check_heads(config, model)
    saved = saved_tasks.of_model(path, model.task_info)
    tokenizer = saved_tasks.tokenizer(
        config.spm_model_file, folder, config.do_lower_case
    )
    source_checks.check_vocabulary(model.config, tokenizer.vocab_size)
    longest = model.config.max_position_embeddings
    length = config.max_seq_length or saved.max_seq_length or longest
    if length > longest:
        raise ValueError(
            "--max_seq_length must not be above the number of the model's "
            f"positions. Received: --max_seq_length={length}, and {longest} "
            f"positions. Use at most {longest}."
        )
    if model.task_info.kind is None:
        row = {"kind": answer_modules.PRETRAINING}
        return config, Trained(path, model, tokenizer, "", row, length)
    task = task_of(config, name, model.task_info.kind)
    row = _row(config, task, saved)
    constants = model_kinds.constants_of(model)
    row |= {key: value.tolist() for key, value in constants.items()}
    if own_calibration.of(model, saved, task) is None:
        row.pop(calibrations.KEY, None)
    others = saved_tasks.others(row)
    config = window_models.read_as_trained(config, others, path)
    config = writing_head.as_trained(config, others)
    if kind_lib.window_options(others) and config.long_texts != "windows":
        raise ValueError(
            "A model that was trained with --long_texts=windows must also be "
            f"exported with it. Received: --long_texts={config.long_texts}. "
            "Leave it out."
        )
    config = fitted_rows.fitted(config, task, length)
    return config, Trained(
        path, model, tokenizer, name or task.name, row, length
    )


def check_exported(trained: Trained) -> None:
    """Raises ValueError if there is no form to export the model to."""
    kind = model_kinds.KINDS.get(trained.row["kind"])
    if kind is not None and not kind.is_exported:
        raise ValueError(
            "A model to export, serve or push must answer with classes, "
            "numbers, spans or vectors. Received: "
            f"{trained.checkpoint}, which {kind.does} (--task_type="
            f"{trained.row['kind']}). Write texts with albert-tf predict, or "
            "with albert_tf.predictor in Python."
        )


def task_name(
    config: export_config.ExportConfig, saved: known_tasks.KnownTasks
) -> str | None:
    """The name of the task to export; None if the model has no task.json.

    Raises:
        ValueError: the model has several tasks, and the config does not choose
            one of them.
    """
    names = list(saved.tasks)
    asked = config.task_name or ()
    if len(asked) == 1 and (asked[0] in names or not names):
        return asked[0] if names else None
    if not asked and len(names) < 2:
        return names[0] if names else None
    raise ValueError(
        "An export, a push or a predictor answers one task, which --task_name "
        "(`task` of a predictor) must name if there are several. Received: "
        f"{','.join(asked) or 'no name'}, and a model of "
        f"{', '.join(names) or 'no task'}."
    )


def task_of(
    config: export_config.ExportConfig, name: str | None, kind: str
) -> table.Task:
    """The task of the export: --task_name, or the one in task.json."""
    if config.task_name:
        return from_config.tasks(config, kind)[0]
    if name in table.TASKS:
        return table.TASKS[name]
    return kinds.custom_task(config.task_type or kind, unanswerable=True)


def _row(
    config: export_config.ExportConfig,
    task: table.Task,
    saved: known_tasks.KnownTasks,
) -> dict:
    """The row of task.json, with settings from the config in place of saved
    ones."""
    row = saved.of(task)
    num_texts = row.get("num_texts", 1)
    if task.name != table.CUSTOM and task.kind != "span":
        num_texts = max(num_texts, len(task.columns))
    return {
        **saved_tasks.row(
            task,
            saved.labels(task, config.labels),
            saved.scheme(task, config.labels),
            max(num_texts, 1 + config.text_pairs),
        ),
        "null_score_threshold": row.get("null_score_threshold"),
        **saved_tasks.others(row),
    }


def _check_heads(
    config: export_config.ExportConfig, model: keras.Model
) -> None:
    """Raises ValueError for formats whose outputs would be random."""
    if config.allow_partial_init:
        model.untrained_heads = ()
    if model.task_info.kind:
        return
    for name in config.formats:
        untrained = set(ANSWERED_BY.get(name, ())) & {*model.untrained_heads}
        if untrained:
            raise ValueError(
                "An export must have trained weights. Received: "
                f"--formats={name}, and {config.checkpoint} without a trained "
                f"{', '.join(untrained)}. Leave that format out, train the "
                "model for a task, or accept random weights with "
                "--allow_partial_init."
            )

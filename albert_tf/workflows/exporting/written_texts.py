"""What exports of models that write texts may hold, and how these write."""

import dataclasses
from typing import Any

import keras
from absl import logging

from albert_tf import kinds
from albert_tf.seq2seq import model as seq2seq_model
from albert_tf.workflows.common.heads import writing_head
from albert_tf.workflows.configs import export as export_config
from data_pipeline.tasks import table
from data_pipeline.tasks.saved import known_tasks
from data_pipeline.text import tokenizers


def with_forms(
    config: export_config.ExportConfig,
    saved: known_tasks.KnownTasks,
    name: str | None,
) -> export_config.ExportConfig:
    """The config with the forms that can hold a model, before it is loaded.

    Quantizations that cannot are left out unless the config names them.

    Args:
        config: the settings of the export.
        saved: the model's tasks.
        name: the task to export; None if the model has no task.json.
    Raises:
        ValueError: a form that is asked for cannot hold a model of this kind.
    """
    row = saved.tasks.get(name or "", {})
    kind = kinds.KINDS.get(row.get("kind", ""))
    if kind is None or kind.formats is None:
        return config
    wrong = [each for each in config.formats if not kind.has_form(each)]
    changes: dict[str, Any] = {}
    for format_name, quantizations in config.quantizations.items():
        forms = {f"{format_name}/{each}": each for each in quantizations}
        kept = tuple(v for form, v in forms.items() if kind.has_form(form))
        setting = f"{format_name}_quantizations"
        if config.is_given(setting):
            wrong += [form for form in forms if not kind.has_form(form)]
        elif kept != quantizations:
            changes[setting] = kept
            if kept:
                logging.info("%s: only %s.", format_name, ", ".join(kept))
    if wrong:
        raise ValueError(
            f"A model that {kind.does} must be exported as one or more of "
            f"{', '.join(kind.formats)}. Other forms have no place for the "
            "loop in which it writes token by token, or no class for it. "
            f"Received: {', '.join(wrong)}. Leave that out."
        )
    return dataclasses.replace(config, **changes)


def check_pushed(checkpoint: str, kind_name: str) -> None:
    """Checks that Hugging Face's form can hold a model.

    Raises:
        ValueError: it has no place for a model of this kind.
    """
    kind = kinds.KINDS.get(kind_name)
    if kind is not None and kind.formats is not None:
        raise ValueError(
            "A model to push must have a class in transformers or a form of "
            f"sentence-transformers. Received: {checkpoint}, which "
            f"{kind.does}. Export it with albert-tf export, and upload that "
            "folder with Hugging Face's own command, hf upload."
        )


def fitted(
    config: export_config.ExportConfig,
    task: table.Task,
    model: keras.Model,
    tokenizer: tokenizers.Tokenizer,
) -> export_config.ExportConfig:
    """Lets a model that writes do so as the config says, and return all texts
    of its search. Nothing is changed for other models.

    Returns:
        The config, with texts that the model can write.
    Raises:
        ValueError: the config asks for longer ones, or for a search that is
            wider than the vocabulary.
    """
    if not isinstance(model, seq2seq_model.AlbertSeq2Seq):
        return config
    config = writing_head.as_trained(config, model.task_info.others)
    config = writing_head.fitted(
        config, [task], model.config, tokenizer.vocab_size
    )
    model.decoding = dataclasses.replace(
        writing_head.predicting(config), n_best=config.beam_size
    )
    return config

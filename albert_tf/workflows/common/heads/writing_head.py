"""The decoder of a model that writes texts, from a run's settings."""

import dataclasses
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from albert_tf import config as config_lib
from albert_tf import exits
from albert_tf.finetuning import multitask
from albert_tf.kinds import generation
from albert_tf.seq2seq import decoding
from albert_tf.workflows.configs import finetune as finetune_config
from data_pipeline.tasks import table
from data_pipeline.tasks.configs import fitted_rows
from data_pipeline.tasks.configs import generation_config
from data_pipeline.text import tokenizers

KIND = generation.KIND.task
# Arguments of the model.
_DECODER = ("decoder_sharing", "num_decoder_layers")
# Settings under the same names in configs and in DecodingOptions.
_WRITES = ("beam_size", "length_penalty", "no_repeat_ngram_size")


def check(
    config: finetune_config.FinetuneConfig, tasks: Sequence[table.Task]
) -> None:
    """Raises ValueError if settings do not fit the kinds of the tasks."""
    given = [n for n in _DECODER if getattr(config, n) is not None]
    written = [task for task in tasks if task.kind == KIND]
    if given and not written:
        names = ", ".join(f"{task.name} ({task.kind})" for task in tasks)
        raise ValueError(
            f"--{given[0]} must be used with a generation task. Received: "
            f"{names}. Leave it out."
        )
    if written and config.early_exit:
        exits.kind_with_exits(KIND)  # raises the error
    for name in ("distill_hidden_weight", "distill_attention_weight"):
        if written and config.teacher and getattr(config, name):
            raise ValueError(
                f"--{name} must be 0 for a generation task, whose student "
                "learns the teacher's next tokens only. Received: "
                f"{getattr(config, name):g}. Leave it out."
            )


def new(
    config: finetune_config.FinetuneConfig,
    tokenizer: tokenizers.Tokenizer,
    albert: config_lib.AlbertConfig,
    own: Mapping[str, Any],
) -> multitask.Head:
    """The head that training creates.

    Args:
        config: the run's settings, after `fitted`.
        tokenizer: the model's tokenizer.
        albert: the model's sizes.
        own: the arguments of the model that training starts from, as JSON
            values; {} if it does not write.
    """
    given = {name: getattr(config, name) for name in _DECODER}
    options = {
        "decoder_sharing": "all",
        "num_decoder_layers": albert.num_hidden_layers,
        **{name: own[name] for name in own if name != generation.DECODING},
        **{name: value for name, value in given.items() if value is not None},
        "max_target_length": min(
            config.max_target_length, albert.max_position_embeddings
        ),
        "start_id": tokenizer.cls_id,
        "end_id": tokenizer.sep_id,
    }
    smoothing = config.label_smoothing or None
    return multitask.Head(KIND, 0, options, smoothing, predicting(config))


def predicting(
    config: generation_config.GenerationConfig,
) -> decoding.DecodingOptions:
    """How a model writes, according to a config."""
    values = {name: getattr(config, name) for name in _WRITES}
    return decoding.DecodingOptions(
        max_length=config.max_target_length, **values
    )


def saved(head: multitask.Head) -> dict[str, Any]:
    """What task.json must hold of a head, besides its labels: the arguments of
    the model, and how it writes unless it is told otherwise."""
    if head.kind != KIND:
        return {}
    values = {name: getattr(head.predicting, name) for name in _WRITES}
    return {generation.KEY: {**head.options, generation.DECODING: values}}


def fitted(
    config: fitted_rows.Config,
    tasks: Sequence[table.Task],
    albert: config_lib.AlbertConfig,
    vocab_size: int,
) -> fitted_rows.Config:
    """The config, with texts that the model has positions for.

    Args:
        config: the settings.
        tasks: the tasks; nothing is changed if none writes.
        albert: the model's sizes.
        vocab_size: V.
    Raises:
        ValueError: a given length is above the model's positions, or the beam
            is wider than the vocabulary.
    """
    if not any(task.kind == KIND for task in tasks):
        return config
    if config.beam_size > vocab_size:
        raise ValueError(
            "--beam_size must be at most the number of pieces of the "
            f"vocabulary. Received: --beam_size={config.beam_size}, and "
            f"{vocab_size} pieces. Use 4."
        )
    return _shorter(
        config, albert.max_position_embeddings, "positions of the model"
    )


def as_trained(
    config: fitted_rows.Config, others: Mapping[str, Any]
) -> fitted_rows.Config:
    """The config, with texts that a trained model can write, and written as
    in its training where nothing else is given.

    Args:
        config: the settings, with those of the model's training.
        others: the other entries of the task in task.json.
    Raises:
        ValueError: a given length is above that of the model's training.
    """
    own = others.get(generation.KEY)
    if not own:
        return config
    kept = {
        name: value
        for name, value in own.get(generation.DECODING, {}).items()
        if name in _WRITES and not config.is_given(name)
    }
    config = dataclasses.replace(config, **kept)
    return _shorter(
        config, own["max_target_length"], "tokens of the model's training"
    )


def _shorter(
    config: fitted_rows.Config, most: int, what: str
) -> fitted_rows.Config:
    if config.max_target_length <= most:
        return config
    if config.is_given("max_target_length"):
        raise ValueError(
            "--max_target_length must be at most the number of "
            f"{what}. Received: --max_target_length="
            f"{config.max_target_length}, and {most}."
        )
    return dataclasses.replace(config, max_target_length=most)

"""Which flags decide the numbers of a run: resuming compares them.

All flags of a command do, but for those named here, so that a new one is
compared from its first day.
"""

import copy
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any
from typing import NamedTuple

from absl import flags

_FLAGS = flags.FLAGS


class Exempt(NamedTuple):
    """The flags of a command that are not compared as they are.

    comes_to: flag -> the entry of run.json that holds what it comes to, which
        is compared: a path's content, or a number that a recipe may give too.
    innocent: flags that change no number of a run: names of outputs, how often
        something is reported or kept, what is done once training ends, how an
        event that is written to events.jsonl is met.
    execution: flags about where and how steps run. Numbers stay the same, to
        rounding, and resuming only says what changed.
    """

    comes_to: Mapping[str, str]
    innocent: frozenset[str]
    execution: frozenset[str]


_COME_TO = {
    "albert_config_file": "config",
    "model": "config",
    "spm_model_file": "tokenizer",
    "learning_rate": "learning_rate",
    "max_seq_length": "max_seq_length",
    "teacher": "teacher",
    "precision": "precision",
}
_INNOCENT = {
    "output_dir",
    "do_train",
    "do_eval",
    "save_checkpoints_steps",
    "keep_checkpoint_max",
    "iterations_per_loop",
    "on_collapse",
}
_EXECUTION = {
    "strategy",
    "tpu_name",
    "tpu",
    "num_cpu_devices",
    "worker_hosts",
    "task_index",
    "depth",
    "recompute",
}
PRETRAINING = Exempt(
    comes_to={
        **_COME_TO,
        "input_file": "records",
        "eval_input_file": "eval_records",
        "num_warmup_steps": "num_warmup_steps",
    },
    innocent=frozenset(
        {
            *_INNOCENT,
            "steps_per_loop",
            "estimate",
            "estimate_replicas",
            "device_memory_gb",
            "flops_per_second",
        }
    ),
    execution=frozenset(_EXECUTION),
)
FINETUNING = Exempt(
    comes_to={
        **_COME_TO,
        "recipe": "num_steps",
        "albert_version": "num_steps",
        "train_batch_size": "batch_size",
        "train_step": "num_steps",
        "num_train_steps": "num_steps",
        "num_train_epochs": "num_steps",
        "warmup_step": "num_warmup_steps",
        "num_warmup_steps": "num_warmup_steps",
        "dropout_prob": "dropout_prob",
        "classifier_dropout_prob": "classifier_dropout_prob",
        "random_seed": "random_seed",
        "eval_steps": "eval_steps",
        "do_lower_case": "tokenizer",
        **dict.fromkeys(
            (
                "data_dir",
                "train_file",
                "tfds",
                "on_bad_row",
                "level",
                "token_column",
                "tag_column",
                "header",
                "delimiter",
                "encoding",
                "text_column",
                "text_pair_column",
                "label_column",
                "label_separator",
                "label_columns",
                "choice_columns",
                "words_column",
                "tags_column",
                "sentence_column",
                "context_column",
                "question_column",
                "answer_column",
                "answer_start_column",
            ),
            "data",
        ),
        "eval_file": "eval_data",
        "labels": "labels",
    },
    innocent=frozenset(
        {
            *_INNOCENT,
            "do_predict",
            "predict_file",
            "predict_batch_size",
            "id_column",
            "exit_patience",
            "exit_threshold",
            "num_seeds",
            "cached_dir",
            "num_workers",
        }
    ),
    execution=frozenset({*_EXECUTION, "eval_batch_size"}),
)

# What each of several machines may have its own of: places of files, whose
# content is compared, and its own place among them.
OF_ONE_MACHINE = frozenset(
    {
        "albert_config_file",
        "cached_dir",
        "data_dir",
        "eval_file",
        "eval_input_file",
        "flops_per_second",
        "grow_from",
        "init_checkpoint",
        "input_file",
        "num_cpu_devices",
        "num_workers",
        "output_dir",
        "predict_file",
        "spm_model_file",
        "strategy",
        "task_index",
        "teacher",
        "train_file",
        "worker_hosts",
    }
)


def all_values() -> dict[str, Any]:
    """Every flag of the running command, but for absl's own."""
    return {
        flag.name: flag.value
        for module, defined in _FLAGS.flags_by_module_dict().items()
        if module.split(".")[0] in ("albert_tf", "data_pipeline")
        for flag in defined
    }


def compared(exempt: Exempt) -> dict[str, Any]:
    """The flags that are compared as they are, by name."""
    others = {*exempt.comes_to, *exempt.innocent, *exempt.execution}
    return {n: v for n, v in all_values().items() if n not in others}


def without_places(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a run without those that each machine may have its own of."""
    return {n: v for n, v in settings.items() if n not in OF_ONE_MACHINE}


def given_in(command: Any, names: Iterable[str]) -> dict[str, Any]:
    """The values of flags in a command line that run.json keeps.

    Args:
        command: sys.argv of then; anything else counts as one without flags.
        names: of flags; others are left out of the result.
    """
    then = flags.FlagValues()
    for name in names:
        if name in _FLAGS:
            then[name] = copy.deepcopy(_FLAGS[name])
    then.unparse_flags()
    is_command = isinstance(command, list) and command
    if not (is_command and all(isinstance(word, str) for word in command)):
        command = [""]
    try:
        then(command, known_only=True)
    except flags.Error:  # a --flagfile that is gone
        then([""])
    return {name: then[name].value for name in then}

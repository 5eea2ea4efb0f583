"""Checks a search before its first trial, and claims its folder."""

import dataclasses
import hashlib
import os
from typing import Any

from albert_tf.io import json_file
from albert_tf.runs import run_folder
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.configs.tuning import tune as tune_config
from albert_tf.workflows.finetuning import checks as finetuning_checks
from albert_tf.workflows.tuning import search_space
from albert_tf.workflows.tuning import tuning_libraries
from data_pipeline import config as config_lib
from data_pipeline.io import files
from data_pipeline.tasks.data import from_config
from data_pipeline.tasks.data import split_checks

SEARCH_FILE = "search.json"
_CHUNK = 1 << 20


def check(
    config: tune_config.TuneConfig,
    base: finetune_config.FinetuneConfig,
    space: search_space.Space,
) -> None:
    """Checks that settings and data fit together, for any of the values.

    Args:
        config: the settings of the search.
        base: the settings of all trials.
        space: the settings to search.
    Raises:
        ImportError: Optuna is not installed.
        ValueError, FileNotFoundError: they do not fit together.
    """
    tuning_libraries.optuna()
    _check_options(config)
    if config.sampler == "grid":
        next(search_space.combinations(space))
    examples: dict[str, Any] = {
        name: search_space.extremes(values)[-1]
        for name, values in space.items()
    }
    example = dataclasses.replace(base, **examples)
    finetuning_checks.check(example)
    tasks = from_config.tasks(example)
    split_checks.check_splits(example, tasks, trains=True, evaluates=True)
    if config.test_file and not files.exists(config.test_file):
        raise FileNotFoundError(
            "--test_file must name an existing file. Received: "
            f"{config.test_file}, which does not exist. Check the path."
        )


def _check_options(config: tune_config.TuneConfig) -> None:
    for name in ("do_train", "do_eval"):
        if not getattr(config, name):
            raise ValueError(
                f"--{name} must be on in a search. Received: --no{name}. Leave "
                "it out."
            )
    if config.do_predict:
        raise ValueError(
            "--do_predict must be off in a search. Received: --do_predict. "
            "Predict with the best trial afterwards."
        )
    if config.worker_hosts or config.strategy in ("multi_worker", "tpu"):
        raise ValueError(
            "A search must run on one machine without a TPU. Received: "
            "--worker_hosts, or --strategy=multi_worker or tpu. Run trials "
            "side by side with --processes."
        )
    if config.test_file and (config.folds or config.num_seeds > 1):
        raise ValueError(
            "--test_file must be used with trials of one model. Received: "
            f"--test_file={config.test_file} with --folds or --num_seeds. "
            "Train with the best settings, and evaluate the result."
        )
    if config.output_dir and not files.is_local(config.output_dir):
        raise ValueError(
            "--output_dir must be a local folder in a search. Received: "
            f"{config.output_dir}. Copy it afterwards."
        )


def claim(
    config: tune_config.TuneConfig, base: finetune_config.FinetuneConfig
) -> None:
    """Makes the folder this search's; call it with the folder locked.

    Raises:
        FileExistsError: the folder holds another search, or other files.
    """
    path = os.path.join(config.run_dir, SEARCH_FILE)
    now = _identity(config, base)
    if files.exists(path):
        earlier = json_file.read_object(path)
        differ = [
            f"{name}: {earlier.get(name)!r} there, {now.get(name)!r} now"
            for name in sorted({*earlier, *now})
            if earlier.get(name) != now.get(name)
        ]
        if differ:
            raise FileExistsError(
                "A search must be resumed with the settings that it was "
                f"started with; only --trials may grow. Received: "
                f"{config.run_dir} with {'; '.join(differ)}. Use those "
                "settings, or another --output_dir."
            )
        return
    held = [name for name in files.names(config.run_dir) if name[0] != "."]
    if held:
        raise FileExistsError(
            "A search must start in a new or empty folder. Received: "
            f"--output_dir={config.run_dir}, which holds "
            f"{', '.join(sorted(held)[:5])}. Name another folder."
        )
    run_folder.write_json(path, now)


def _identity(
    config: tune_config.TuneConfig, base: finetune_config.FinetuneConfig
) -> dict[str, Any]:
    """What decides the trials of a search, as JSON values."""
    given = {
        field.name: getattr(base, field.name)
        for field, known in config_lib.fields_of(type(base))
        if known.decides and base.is_given(field.name)
    }
    given = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in given.items()
    }
    return {
        **given,
        "num_seeds": config.num_seeds,
        "search": list(config.search or ()),
        "sampler": config.sampler,
        "pruner": config.pruner,
        "search_seed": config.search_seed,
        "files": {
            name: _digest(path)
            for name in ("train_file", "eval_file")
            if (path := getattr(base, name)) is not None
        },
    }


def _digest(path: str) -> str:
    found = hashlib.sha256()
    with files.open(path) as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()

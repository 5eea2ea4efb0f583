"""albert_tf.pretrain: trains a model on records, and evaluates it."""

import functools
from typing import NamedTuple

import keras
import tensorflow as tf

from albert_tf import config as config_lib
from albert_tf import models
from albert_tf.interop import loading
from albert_tf.runs import checkpoints
from albert_tf.runs import compatibility
from albert_tf.runs import run_checkpoint
from albert_tf.tracking import followers
from albert_tf.tracking import reporting
from albert_tf.training import distribution
from albert_tf.training import machines
from albert_tf.training import pretraining
from albert_tf.workflows.common import devices
from albert_tf.workflows.common import named_models
from albert_tf.workflows.common import one_run
from albert_tf.workflows.configs import pretrain as pretrain_config
from albert_tf.workflows.pretraining import checks
from albert_tf.workflows.pretraining import data as data_lib
from albert_tf.workflows.pretraining import record
from albert_tf.workflows.pretraining import settings
from albert_tf.workflows.pretraining import training
from data_pipeline.io import outputs


class PretrainResult(NamedTuple):
    """The results of a pretraining run.

    Attributes:
        output_dir: the folder of the run.
        checkpoint: the weights after the last step, or the evaluated ones.
        metrics: metrics of these weights on held-out records by name: losses in
            nats, accuracies, and the scores of baselines that ignore the text.
            None without `do_eval`, and on all machines but the first.
    """

    output_dir: str
    checkpoint: str
    metrics: dict[str, float] | None


def pretrain(config: pretrain_config.PretrainConfig) -> PretrainResult:
    """Pretrains a model on records, and evaluates it if `do_eval` is set.

    If `output_dir` holds the same run already, it is resumed.

    Args:
        config: the settings of the run.
    Returns:
        The folder of the run, its last weights and their metrics.
    Raises:
        ValueError: settings, records and weights do not fit together.
        FileExistsError: `output_dir` holds another run.
        BlockingIOError: another process uses `output_dir`.
        FloatingPointError: the run collapsed, and `on_collapse` or the number
            of attempts does not allow a rollback.
        stopping.Stopped: a signal asked to stop; everything is saved, and the
            same call resumes the run.
        distribution.MachineLost: another machine of the run is gone.

    Example:
        >>> config = albert_tf.PretrainConfig(
        ...     model="base",
        ...     input_file="records/train/*.tfrecord",
        ...     output_dir="pretrained",
        ... )
        >>> albert_tf.pretrain(config).checkpoint  # doctest: +SKIP
        'pretrained/ckpt-125000'
    """
    if config.estimate:
        raise ValueError(
            "`estimate` must be False to pretrain. Received: True. Call "
            "albert_tf.estimate instead."
        )
    config = named_models.fetched(config)
    checks.check(config)
    reporting.check(config.report_to)
    if not config.do_train:
        assert config.output_dir is not None
        outputs.check_folder(config.output_dir, "--output_dir")
    what = "pretraining" if config.do_train else "evaluating"
    with (
        devices.used(config) as strategy,
        one_run.held(strategy, config, what),
        reporting.to(config.report_to),
    ):
        return _run(config, strategy)


def _run(
    config: pretrain_config.PretrainConfig, strategy: tf.distribute.Strategy
) -> PretrainResult:
    assert config.output_dir is not None
    with machines.together(strategy) as same:
        _check_replicas(config, strategy.num_replicas_in_sync)
        albert = settings.albert(config)
        records = data_lib.open_records(config, albert)
        if config.do_train:
            recipe = settings.recipe(config)
            parts = settings.parts(config, albert)
            if config.teacher:
                data_lib.check_teacher(config, records)
            same |= training.claim(config, strategy, albert, recipe, records)
    if config.do_train:
        model = training.train(config, strategy, albert, recipe, records, parts)
        checkpoint = checkpoints.saved_in(config.output_dir)[-1]
    else:
        model = _load(config, strategy, albert)
        checkpoint = run_checkpoint.find(
            config.init_checkpoint or config.output_dir, config.which
        )
    metrics = None
    if config.do_eval:
        found = _evaluate(config, strategy, model, records)
        if distribution.is_chief(strategy):
            metrics = found
            followers.result(config.output_dir, metrics)
            record.write(config, model, records.eval_set, metrics, checkpoint)
    return PretrainResult(config.output_dir, checkpoint, metrics)


def _check_replicas(
    config: pretrain_config.PretrainConfig, replicas: int
) -> None:
    distribution.check_batch_size(
        "train_batch_size",
        config.train_batch_size,
        replicas,
        config.accumulate_steps,
    )
    distribution.check_batch_size(
        "eval_batch_size", config.eval_batch_size, replicas
    )
    compatibility.check_compiled(config.jit_compile, replicas)


def _load(
    config: pretrain_config.PretrainConfig,
    strategy: tf.distribute.Strategy,
    albert: config_lib.AlbertConfig,
) -> keras.Model:
    path = config.init_checkpoint or config.output_dir
    assert path is not None
    with strategy.scope():
        model = loading.load(
            path,
            config=albert,
            allow_partial_init=config.allow_partial_init,
            which=config.which,
        )
    if not isinstance(model, models.AlbertPretrainer):
        raise ValueError(
            "The checkpoint to evaluate must be of a pretrained model. "
            f"Received: a checkpoint of an {type(model).__name__}. Evaluate "
            "models of tasks with albert-tf evaluate."
        )
    if model.config != albert:
        raise ValueError(
            "--albert_config_file must hold the sizes of the checkpoint. "
            f"Received: {albert}, and a checkpoint of {model.config}."
        )
    return model


def _evaluate(
    config: pretrain_config.PretrainConfig,
    strategy: tf.distribute.Strategy,
    model: keras.Model,
    records: data_lib.Records,
) -> dict[str, float]:
    """The metrics of the model, alongside the scores of baselines."""
    scores = pretraining.Evaluator(
        strategy, model, functools.partial(records.eval_batches, strategy)
    )()
    return {
        "parameters": model.count_params(),
        **scores,
        **records.baselines(model.config.vocab_size),
    }

"""albert_tf.finetune: trains on tasks, evaluates, and predicts."""

from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

import tensorflow as tf

from albert_tf.finetuning import failed_runs
from albert_tf.tracking import followers
from albert_tf.tracking import reporting
from albert_tf.training import distribution
from albert_tf.training import machines
from albert_tf.workflows.answering import predictor as predictor_lib
from albert_tf.workflows.common import devices
from albert_tf.workflows.common import named_models
from albert_tf.workflows.common import one_run
from albert_tf.workflows.common.heads import tag_head
from albert_tf.workflows.common.heads import writing_head
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.finetuning import checks
from albert_tf.workflows.finetuning import evaluate
from albert_tf.workflows.finetuning import predict
from albert_tf.workflows.finetuning import starting_point
from albert_tf.workflows.finetuning import train
from albert_tf.workflows.finetuning import trained_model
from albert_tf.workflows.folds import cross_validation
from albert_tf.workflows.folds import out_of_fold
from albert_tf.workflows.keywords import finetune as keywords
from data_pipeline.io import outputs
from data_pipeline.tasks.data import from_config
from data_pipeline.tasks.data import split_checks
from data_pipeline.tasks.partitions import held_out
from data_pipeline.tasks.results import evaluation as evaluation_lib
from data_pipeline.tasks.saved import remembered
from data_pipeline.tasks.saved import saved_tasks


class FinetuneResult(NamedTuple):
    """The results of a fine-tuning run.

    Attributes:
        output_dir: the folder of the run.
        checkpoint: the best weights of the training, or the evaluated ones. On
            all machines but the first, the weights that training started from.
            None after a cross-validation, which has some for each fold.
        metrics: metrics of these weights by name, as in `EvaluateResult`. None
            without `do_eval`, and on all machines but the first. After a
            cross-validation, the means of all folds.
        evaluation: the result of the evaluation; None if `metrics` is None.
        predictions: with `do_predict`, the folders with the predictions of each
            task.
        folds: with `folds`, the metrics of all folds.
    """

    output_dir: str
    checkpoint: str | None
    metrics: dict[str, float] | None
    evaluation: evaluate.EvaluateResult | None
    predictions: tuple[str, ...]
    folds: cross_validation.CrossValidation | None = None

    def predictor(self, **settings: Any) -> predictor_lib.Predictor:
        """The trained model as a function of texts.

        Args:
            **settings: as in `albert_tf.predictor`.
        """
        return predictor_lib.predictor(
            self.checkpoint or self.output_dir, **settings
        )


def finetune(
    config: finetune_config.FinetuneConfig | None = None,
    *,
    train: Any = None,
    eval: Any = None,
    text: str | Sequence[str] | None = None,
    label: str | Sequence[str] | None = None,
    **settings: Any,
) -> FinetuneResult:
    """Fine-tunes a model on one task or several.

    `do_train`, `do_eval` and `do_predict` choose what is done. If `output_dir`
    holds the same run already, it is resumed.

    The run is described by a config, or by keywords: the data, its columns
    and any fields of FinetuneConfig. With keywords, the task is a
    classification of your own data unless `task_type` or `task_name` says
    otherwise; `do_train` is on, and `do_eval` if there is something to
    evaluate on; the hyperparameters are those of the published recipe. Data
    in memory is written to given_data/ in the run's folder, so that the same
    call resumes the run. If `output_dir` is left out, it is a folder in
    finetuned/ whose name depends on the settings and the data; it is printed.

    Args:
        config: the settings of the run; None if they are keywords.
        train: data to train on: the path of a file; a pandas DataFrame; an
            iterable of dicts by column; or a tf.data.Dataset of dicts, or of
            tuples of texts and a label, in batches or not.
        eval: data to evaluate on, in the same forms.
        text: the column of the text, or the columns of a pair; for tagging,
            the words; for spans, ("question", "context"); for embeddings, the
            columns of a text, its positive, and any negatives.
        label: the column of the label, tags or answer; for several labels,
            also a column of 0 and 1 for each; for embeddings, that of scores;
            for generation, that of the text to write.
        **settings: fields of FinetuneConfig.
    Returns:
        The folder of the run, its best weights and their metrics.
    Raises:
        ValueError: settings, data and weights do not fit together, or the run
            learned nothing and `on_failed_run` is not "warn".
        FileNotFoundError: data or weights are missing.
        FileExistsError: `output_dir` holds another run.
        BlockingIOError: another process uses `output_dir`.
        FloatingPointError: the run collapsed, and `on_collapse` or the number
            of attempts does not allow a rollback.
        stopping.Stopped: a signal asked to stop; everything is saved, and the
            same call resumes the run.
        distribution.MachineLost: another machine of the run is gone.

    Example:
        >>> config = albert_tf.FinetuneConfig(
        ...     task_name="custom",
        ...     task_type="classification",
        ...     train_file="train.csv",
        ...     eval_file="dev.csv",
        ...     init_checkpoint="pretrained",
        ...     output_dir="run",
        ...     do_train=True,
        ...     do_eval=True,
        ... )
        >>> result = albert_tf.finetune(config)  # doctest: +SKIP
        >>> result.metrics["accuracy"]  # doctest: +SKIP
        0.9243

        The same with keywords, and the trained model as a function:

        >>> result = albert_tf.finetune(
        ...     train="train.csv",
        ...     eval="dev.csv",
        ...     text="review",
        ...     label="stars",
        ...     init_checkpoint="albert-base-v2",
        ... )  # doctest: +SKIP
        >>> predictor = result.predictor()  # doctest: +SKIP
        >>> predictor("A warm and funny film.")["label"]  # doctest: +SKIP
        '5'
    """
    given = {"train": train, "eval": eval, "text": text, "label": label}
    given = {name: value for name, value in given.items() if value is not None}
    if config is None:
        config = keywords.config_of(train, eval, text, label, settings)
    elif given or settings:
        raise ValueError(
            "A run must be described by a config or by keywords. Received: a "
            f"config and {', '.join([*given, *settings])}. Use "
            "dataclasses.replace to change a config."
        )
    config = named_models.fetched(config)
    checks.check(config)
    reporting.check(config.report_to)
    outputs.check_folder(config.run_dir, "--output_dir")
    what = "fine-tuning" if config.do_train else "evaluating or predicting"
    with devices.used(config) as strategy:
        for name in ("eval_batch_size", "predict_batch_size"):
            distribution.check_batch_size(
                name, getattr(config, name), strategy.num_replicas_in_sync
            )
        if config.folds and config.fold:
            config = cross_validation.of_fold(config, config.fold)
        with (
            one_run.held(strategy, config, what),
            reporting.to(config.report_to),
        ):
            if config.folds and not config.fold:
                return _cross_validate(config, strategy)
            return _run(config, strategy)


def _cross_validate(
    config: finetune_config.FinetuneConfig, strategy: tf.distribute.Strategy
) -> FinetuneResult:
    def run_fold(config: finetune_config.FinetuneConfig) -> out_of_fold.Fold:
        with one_run.held(strategy, config, "fine-tuning"):
            trained = _trained(config, strategy)
            found = evaluate.record(
                strategy, trained, config.run_dir, is_training=True
            )
            followers.result(config.run_dir, found.metrics)
        (data,) = trained.datas
        encoded = data.get(held_out.NAME)
        predictions = evaluation_lib.predictions_of(
            strategy,
            trained.model.predict,
            data,
            encoded,
            config.eval_batch_size,
        )
        return out_of_fold.fold(found.metrics, data, encoded, predictions)

    found = cross_validation.run(config, strategy, run_fold)
    return FinetuneResult(config.run_dir, None, found.mean, None, (), found)


def _run(
    config: finetune_config.FinetuneConfig, strategy: tf.distribute.Strategy
) -> FinetuneResult:
    trained = _trained(config, strategy)
    if config.exit_patience:
        trained.model.leave_early(config.exit_patience, config.exit_threshold)
    exits = {
        "exit_patience": config.exit_patience,
        "exit_threshold": config.exit_threshold
        if config.exit_patience
        else None,
    }
    evaluation = None
    folders: tuple[str, ...] = ()
    if config.do_eval:
        found = evaluate.record(
            strategy,
            trained,
            config.run_dir,
            is_training=config.do_train,
            **exits,
        )
        if distribution.is_chief(strategy):
            evaluation = found
            followers.result(config.run_dir, found.metrics)
    if config.do_predict:
        folders = predict.write_parts(
            strategy, trained, config.run_dir, **exits
        )
    return FinetuneResult(
        config.run_dir,
        trained.path,
        evaluation and evaluation.metrics,
        evaluation,
        folders,
    )


def _trained(
    config: finetune_config.FinetuneConfig, strategy: tf.distribute.Strategy
) -> trained_model.TrainedModel:
    with machines.together(strategy):
        if not config.do_train:
            model = config.init_checkpoint or config.run_dir
            config = remembered.take(config, saved_tasks.folder_of(model))
        path = starting_point.trained_path(config)
        tasks = from_config.tasks(config, starting_point.models_kind(config))
        split_checks.check_splits(
            config,
            tasks,
            trains=config.do_train,
            evaluates=config.do_eval,
            predicts=config.do_predict,
        )
        start = starting_point.of_run(config, path, tasks[0].name)
    if not config.do_train:
        return trained_model.load(
            config,
            strategy,
            tasks,
            start,
            span_head=config.span_head,
            allow_partial_init=config.allow_partial_init,
        )
    tag_head.check(config, tasks)
    writing_head.check(config, tasks)
    try:
        return train.train(config, strategy, tasks, start)
    except failed_runs.FailedRun as error:
        raise ValueError(str(error)) from None

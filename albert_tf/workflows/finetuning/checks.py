"""Checks that the settings of a fine-tuning run fit together."""

from collections.abc import Iterator

from albert_tf.optimization import recipes
from albert_tf.workflows.common import teacher
from albert_tf.workflows.configs import finetune as finetune_config


def check(config: finetune_config.FinetuneConfig) -> None:
    """Raises ValueError if settings contradict each other."""
    for fault in faults(config):
        raise ValueError(fault)


def faults(config: finetune_config.FinetuneConfig) -> Iterator[str]:
    """Yields an error message for each contradiction."""
    yield from teacher.faults(config)
    yield from _faults_of_early_exit(config, config.do_train)
    if not (config.do_train or config.do_eval or config.do_predict):
        yield (
            "At least one of --do_train, --do_eval and --do_predict must be "
            "given. Received: none of them. Add one."
        )
    # Only training needs a task; a trained model knows its own.
    for name in ("output_dir", "task_name")[: 1 + config.do_train]:
        value = getattr(config, name)
        if not value:
            yield f"--{name} must be given. Received: {value!r}."
    if config.init_checkpoint == "":
        # An unset variable in a shell script must not lead to random weights.
        yield (
            "--init_checkpoint must name weights, or be left out. Received: ''."
        )
    if config.labels and config.do_train:
        yield (
            "--labels must be left out of training, which reads the classes "
            "from its data. Received: "
            f"--labels={','.join(config.labels)} with --do_train."
        )
    yield from _faults_of_folds(config)
    yield from _faults_of_windows(config)
    yield from _faults_of_training(config)


def _faults_of_folds(config: finetune_config.FinetuneConfig) -> Iterator[str]:
    if not config.folds:
        return
    given = f"--folds={config.folds}"
    if not config.do_train:
        yield (
            "--folds must be used with --do_train, which trains a model for "
            f"each fold. Received: {given} without --do_train. To evaluate the "
            "model of a fold, name its folder."
        )
    if config.do_predict:
        yield (
            "--folds and --do_predict must not be combined, since each fold "
            f"has a model. Received: {given} and --do_predict. Train on all "
            "rows to predict others, or predict with the model of a fold."
        )
    if config.num_seeds > 1:
        yield (
            "Only one of --folds and --num_seeds must be given. Received: "
            f"{given} and --num_seeds={config.num_seeds}. Leave one out."
        )
    if len(config.task_name or ()) > 1:
        yield (
            "--folds must be used with one task. Received: --task_name="
            f"{','.join(config.task_name or ())}."
        )


def _faults_of_windows(
    config: finetune_config.FinetuneConfig,
) -> Iterator[str]:
    if config.long_texts == "windows":
        if config.early_exit:
            yield (
                "--early_exit must be used with texts that are one row each. "
                "Received: --early_exit and --long_texts=windows. Use "
                "--long_texts=head_tail, or leave --early_exit out."
            )
        return
    given = [n for n in ("window_pooling", "max_windows") if config.is_given(n)]
    if given and config.do_train:
        yield (
            f"--{given[0]} must be used with --long_texts=windows. Received: "
            f"--{given[0]}={getattr(config, given[0])} and --long_texts="
            f"{config.long_texts}. Leave it out, or add --long_texts=windows."
        )


def _faults_of_training(
    config: finetune_config.FinetuneConfig,
) -> Iterator[str]:
    if config.num_hidden_layers and not (
        config.do_train and config.init_checkpoint
    ):
        yield (
            "--num_hidden_layers must be used with --do_train and "
            "--init_checkpoint, whose depth it changes. Received: no "
            "--do_train, or no --init_checkpoint. Leave it out: the depth of a "
            "model with random weights comes from --albert_config_file, and a "
            "trained model keeps its own."
        )
    if config.train_step and config.num_train_epochs:
        yield (
            "Only one of --train_step and --num_train_epochs must be given. "
            f"Received: {config.train_step} and {config.num_train_epochs}."
        )
    if config.recipe not in ("auto", *recipes.PUBLISHED):
        yield (
            f"--recipe must be auto or one of {', '.join(recipes.PUBLISHED)}. "
            f"Received: {config.recipe}."
        )
    if config.lora_rank and config.layer_decay < 1:
        yield (
            "--layer_decay and --lora_rank must not be combined: LoRA freezes "
            "the weights that the decay is for. Received: "
            f"{config.layer_decay} and {config.lora_rank}. Leave one out."
        )


def _faults_of_early_exit(
    config: finetune_config.EarlyExitConfig, do_train: bool
) -> Iterator[str]:
    if config.early_exit and not do_train:
        yield (
            "--early_exit must be used with --do_train, since it trains "
            "classifiers. Received: no --do_train. Leave --early_exit out: a "
            "trained model is evaluated with its own classifiers."
        )
    if do_train and config.exit_patience and not config.early_exit:
        yield (
            "--exit_patience must be used with a model that has a classifier "
            f"at every layer. Received: --exit_patience={config.exit_patience} "
            "and --do_train without --early_exit. Add --early_exit, or leave "
            "--exit_patience out."
        )
    if config.is_given("exit_threshold") and not config.exit_patience:
        yield (
            "--exit_threshold must be used with --exit_patience. Received: "
            f"--exit_threshold={config.exit_threshold} without "
            "--exit_patience."
        )

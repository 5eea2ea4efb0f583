"""Checks that the settings of a pretraining run fit together."""

from collections.abc import Iterator

from albert_tf.workflows.common import teacher
from albert_tf.workflows.configs import pretrain as pretrain_config


def check(config: pretrain_config.PretrainConfig) -> None:
    """Raises ValueError if settings contradict each other."""
    for fault in faults(config):
        raise ValueError(fault)


def faults(config: pretrain_config.PretrainConfig) -> Iterator[str]:
    """Yields an error message for each contradiction."""
    yield from teacher.faults(config)
    if config.estimate and config.teacher:
        yield (
            "--estimate must be used without --teacher, since it does not "
            f"count a teacher. Received: --teacher={config.teacher}. Leave it "
            "out, and add its weights and its forward pass to the estimate."
        )
    given = {"input_file": config.input_file, "output_dir": config.output_dir}
    for name, path in given.items():
        if not (path or config.estimate):
            yield f"--{name} must be given. Received: {path!r}."
    if bool(config.albert_config_file) == bool(config.model):
        yield (
            "The model's size must come from exactly one of "
            "--albert_config_file and --model. Received: "
            f"{config.albert_config_file!r} and {config.model!r}."
        )
    yield from _faults_of_start(config)
    if not (config.do_train or config.do_eval):
        yield (
            "Training or evaluation must be requested. Received: --nodo_train "
            "without --do_eval. Leave --nodo_train out, or add --do_eval."
        )


def _faults_of_start(config: pretrain_config.PretrainConfig) -> Iterator[str]:
    weights = {
        "init_checkpoint": config.init_checkpoint,
        "grow_from": config.grow_from,
    }
    for name, path in weights.items():
        # An unset variable in a shell script must not lead to random weights.
        if path == "":
            yield f"--{name} must name weights, or be left out. Received: ''."
    if config.init_checkpoint and config.grow_from:
        yield (
            "Initial weights must come from only one of --init_checkpoint and "
            f"--grow_from. Received: {config.init_checkpoint!r} and "
            f"{config.grow_from!r}."
        )
    if config.allow_partial_init and not config.init_checkpoint:
        yield (
            "--allow_partial_init must be used with --init_checkpoint. "
            "Received: no --init_checkpoint."
        )
    if config.grow_from and not config.do_train:
        yield (
            "--grow_from must be used with training. Received: --grow_from "
            "with --nodo_train. Leave one out."
        )

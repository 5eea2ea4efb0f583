"""The flags of albert-tf finetune that are about early exit."""

from collections.abc import Iterator

from absl import flags

from data_pipeline.commands import command_help

_FLAGS = flags.FLAGS


def define() -> None:
    command_help.section("Early exits")
    flags.DEFINE_bool(
        "early_exit",
        False,
        "Train a classifier at every depth, so that texts can exit early: for "
        "classification of texts and pairs, and for regression. A model "
        "trained this way is also evaluated this way.",
    )
    flags.DEFINE_integer(
        "exit_patience",
        None,
        "During evaluation and prediction, let a text exit after this many "
        "classifiers in a row agree. If left out, all layers are run.",
        1,
    )
    flags.DEFINE_float(
        "exit_threshold",
        0.1,
        "For regression with --exit_patience: the largest difference at which "
        "two predictions count as agreeing.",
        0.0,
    )


def faults(do_train: bool) -> Iterator[str]:
    """What does not go together among the flags."""
    if _FLAGS.early_exit and not do_train:
        yield (
            "--early_exit must be used with --do_train, since it trains "
            "classifiers. Received: no --do_train. Leave it out: a trained "
            "model is evaluated with the classifiers that it has."
        )
    if do_train and _FLAGS.exit_patience and not _FLAGS.early_exit:
        yield (
            "--exit_patience must be used with a model that has a classifier "
            f"at every depth. Received: {_FLAGS.exit_patience}, and --do_train "
            "without --early_exit."
        )
    if _FLAGS["exit_threshold"].present and not _FLAGS.exit_patience:
        yield (
            "--exit_threshold must be used with --exit_patience. Received: "
            f"{_FLAGS.exit_threshold}, and no --exit_patience."
        )

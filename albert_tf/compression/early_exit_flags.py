"""The flags of run_classifier.py that are about early exit."""

from absl import flags

from albert_tf.compression import early_exit

_FLAGS = flags.FLAGS


def define() -> None:
    flags.DEFINE_bool(
        "early_exit",
        False,
        "Train a classifier at every depth, so that texts can leave early: for "
        "classes of texts and pairs, and numbers. What was trained so is "
        "evaluated so.",
    )
    flags.DEFINE_integer(
        "exit_patience",
        None,
        "In evaluation and prediction a text leaves after so many classifiers "
        "in a row that agree. Left out: all layers are run.",
        1,
    )
    flags.DEFINE_float(
        "exit_threshold",
        early_exit.THRESHOLD,
        "Of numbers: how much two that agree may differ.",
        0.0,
    )


def check(do_train: bool) -> None:
    """Raises ValueError for flags that do not go together."""
    if _FLAGS.early_exit and not do_train:
        raise ValueError(
            "--early_exit trains classifiers; a trained model has them or not. "
            "Received: it, and no --do_train. Leave it out."
        )
    if do_train and _FLAGS.exit_patience and not _FLAGS.early_exit:
        raise ValueError(
            "--exit_patience takes a classifier at every depth. Received: "
            f"{_FLAGS.exit_patience}, and --do_train without --early_exit."
        )
    if _FLAGS["exit_threshold"].present and not _FLAGS.exit_patience:
        raise ValueError(
            "--exit_threshold is used by --exit_patience. Received: "
            f"{_FLAGS.exit_threshold}, and no patience."
        )


def decisive() -> dict[str, bool]:
    """What decides the numbers of a run."""
    return {"early_exit": True} if _FLAGS.early_exit else {}

"""Divides the training rows into folds, for cross-validation.

Rows that belong together, such as those with equal texts, are in one fold.
Among the rows of each class, a hash of the texts decides the fold, so folds are
the same for any order of the file, equally large, and each has its share of
every class.
"""

from collections.abc import Sequence

from data_pipeline.tasks import example_types
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.configs import task_config
from data_pipeline.tasks.partitions import held_out


def check(config: task_config.DataConfig) -> None:
    """Checks the settings of folds.

    Raises:
        ValueError: they contradict each other, or settings for other data to
            evaluate on.
    """
    if config.fold and not config.folds:
        raise ValueError(
            "--fold must be used with --folds. Received: "
            f"--fold={config.fold} without --folds. Name their number with "
            "--folds."
        )
    if not config.folds:
        return
    if config.fold and config.fold > config.folds:
        raise ValueError(
            "--fold must be at most --folds. Received: "
            f"--fold={config.fold} and --folds={config.folds}."
        )
    for name in ("eval_file", "eval_fraction"):
        value = getattr(config, name)
        if value is not None:
            raise ValueError(
                f"Only one of --folds and --{name} must be given, since each "
                "fold is evaluated by the model that is trained on the "
                f"others. Received: --folds={config.folds} and "
                f"--{name}={value}. Leave one out."
            )


def split(
    task: table.Task, whole: splits.Split, folds: int, fold: int
) -> tuple[splits.Split, splits.Split]:
    """Divides training data into rows to train on and those of a fold.

    Args:
        task: the task of the rows.
        whole: the training split, with labels.
        folds: the number of folds.
        fold: the number of the fold to hold out, from 1 on.
    Returns:
        The split to train on, and the one held out, both with all classes.
    Raises:
        ValueError: as `numbers`.
    """
    is_held = [number == fold for number in numbers(whole, folds)]
    return held_out.divided(task, whole, is_held)


def numbers(whole: splits.Split, folds: int) -> list[int | None]:
    """The fold of each row, from 1 on; None for a skipped one, which no fold
    has.

    Raises:
        ValueError: there are more folds than rows that do not belong together.
    """
    first: dict[tuple[str, ...], example_types.Example] = {}
    for example in whole.examples:
        if example is not None:
            held = first.setdefault(example.held_together, example)
            # The same one for any order of the file.
            if example.classes < held.classes:
                first[example.held_together] = example
    if folds > len(first):
        rows = sum(example is not None for example in whole.examples)
        raise ValueError(
            "--folds must be at most the number of different texts. Received: "
            f"--folds={folds} for {whole.path}, which has {len(first):,} "
            f"different texts in {rows:,} rows. Use fewer folds."
        )
    ordered = sorted(first.values(), key=_order)
    fold = {
        example.held_together: number % folds + 1
        for number, example in enumerate(ordered)
    }
    return [
        example and fold[example.held_together] for example in whole.examples
    ]


def _order(example: example_types.Example) -> tuple[Sequence[str], float]:
    """The examples of one class follow each other, so that they are dealt to
    all folds."""
    classes = example.classes if len(example.classes) == 1 else ()
    return classes, held_out.share(example)

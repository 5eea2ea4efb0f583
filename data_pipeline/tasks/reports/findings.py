"""What a report found, in sentences, the most important one first."""

from collections import Counter
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from data_pipeline.tasks import example_types
from data_pipeline.tasks import splits
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.reports import groups as groups_of
from data_pipeline.tasks.reports import wording

# An average over classes hides smaller ones than this share of the rows.
_SMALL_CLASS = 0.1
# Of rows with a near-duplicate in training, from which it is a finding.
_LEAKED = 0.01
# Of expected calibration errors.
_MISCALIBRATED = 0.05
# Half the width of an interval, for metrics from 0 to 1.
_WIDE = 0.1

Report = Mapping[str, Any]


def of(
    report: Report,
    data: task_data.TaskData,
    split: splits.Split,
    train: splits.Split | None,
) -> list[str]:
    """The findings of a report.

    Args:
        report: the report, without findings.
        data: the task's data.
        split: the evaluated rows.
        train: the training rows; None if they are unknown.
    """
    whole = data.kind.perfect
    return [
        *_of_labels(report, split, train),
        *_of_predictions(report),
        *_of_baselines(report),
        *_of_duplicates(report),
        *_of_small_classes(report),
        *_of_groups([*report["groups"], report["by_length"]]),
        *_of_calibration(report),
        *_of_interval(report, whole),
        *_of_training(report, data.kind.guesses is not None),
    ]


def _of_labels(
    report: Report, split: splits.Split, train: splits.Split | None
) -> Iterator[str]:
    """What the labels of the data allow to say."""
    rows = [example for example in split.examples if example is not None]
    if not isinstance(rows[0], example_types.TextExample):
        return
    if len({example.label for example in rows}) == 1 and len(rows) > 1:
        yield (
            f"All {len(rows):,} evaluated rows have the same label, so the "
            "metric says nothing about others. Evaluate on rows with other "
            "labels, too."
        )
    known, found = _counts(train), _counts(split)
    single = [name for name, count in known.items() if count == 1]
    if single:
        yield (
            f"{wording.classes(single)} {wording.has(single)} one example in "
            "training, which is too few to learn from. Add examples, or merge "
            "classes."
        )
    lacking = [row["name"] for row in report["per_class"] if not row["support"]]
    if lacking:
        yield (
            f"{wording.classes(lacking)} {wording.has(lacking)} no evaluated "
            "row, so nothing is known about "
            f"{'it' if len(lacking) == 1 else 'them'}."
        )
    single = [name for name, count in found.items() if count == 1]
    if single:
        yield (
            f"{wording.classes(single)} {wording.has(single)} one evaluated "
            f"row, so {'its' if len(single) == 1 else 'their'} scores say "
            "little."
        )


def _of_predictions(report: Report) -> Iterator[str]:
    rows = report["per_class"]
    present = [row for row in rows if row["support"]]
    predicted = [row for row in rows if row["predicted"]]
    if report["metrics"].get("predicted_classes") == 1 and len(present) > 1:
        yield (
            f"All predictions are {wording.short(predicted[0]['name'])}: the "
            "model has learned nothing. Check the loss curve, and try another "
            "learning rate or seed."
        )
        return
    never = [row["name"] for row in present if not row["predicted"]]
    if never:
        support = sum(row["support"] for row in present if not row["predicted"])
        yield (
            f"{wording.classes(never)} {'is' if len(never) == 1 else 'are'} "
            f"never predicted; {'its' if len(never) == 1 else 'their'} support "
            f"is {support:,}."
        )


def _of_baselines(report: Report) -> Iterator[str]:
    metric = report["metric"]
    for row in report["baselines"]:
        value = row["metrics"].get(metric["name"])
        found = row["difference"]
        if value is None or metric["value"] is None:
            continue
        both = (
            f"{wording.title(metric['name'])} {wording.number(value)} against "
            f"{wording.number(metric['value'])} for the model"
        )
        if found is None or found["low"] is None:
            if value > metric["value"]:
                yield f"A baseline wins: {row['name']}, {both}."
        elif found["high"] < 0:
            yield (
                f"A baseline wins: {row['name']}, {both}. The 95% interval of "
                f"the difference is {wording.number(-found['high'])} to "
                f"{wording.number(-found['low'])}. Use it, or train longer."
            )
        elif found["low"] <= 0:
            yield (
                "The model is not clearly better than a baseline: "
                f"{row['name']}, {both}. The 95% interval of the difference is "
                f"{wording.number(found['low'])} to "
                f"{wording.number(found['high'])}."
            )


def _of_duplicates(report: Report) -> Iterator[str]:
    found = report["duplicates"]
    if not found or found["share"] < _LEAKED:
        return
    text = (
        f"Duplicates leak: {found['rows']:,} of {report['rows']:,} evaluated "
        f"rows ({found['share']:.1%}) are also in the training data, or nearly."
    )
    if found["metric_without"] is not None:
        title = wording.title(report["metric"]["name"])
        without, value = map(
            wording.number,
            (found["metric_without"], report["metric"]["value"]),
        )
        text += (
            f" Leaving them out does not change {title}."
            if without == value
            else f" Without them, {title} is {without} instead of {value}."
        )
    if found["other_label"]:
        text += f" {found['other_label']:,} have another label in training."
    yield text


def _of_small_classes(report: Report) -> Iterator[str]:
    if report["metric"]["name"] != "accuracy" or not report["calibration"]:
        return
    total = sum(row["support"] for row in report["per_class"])
    present = [row for row in report["per_class"] if row["support"]]
    if len(present) < 2:
        return
    least = min(present, key=lambda row: row["support"])
    share = least["support"] / total
    # Among many classes of the same size, all are small.
    if share < min(_SMALL_CLASS, 1 / (2 * len(present))):
        macro = next(
            row["f1"] for row in report["averages"] if row["name"] == "macro"
        )
        yield (
            f"{wording.classes([least['name']])} has {share:.1%} of the rows, "
            "so the accuracy hardly depends on it; its F1 is "
            f"{wording.number(least['f1'])}, and macro F1 over all classes is "
            f"{wording.number(macro)}."
        )


def _of_groups(found: Sequence[Report | None]) -> Iterator[str]:
    for groups in found:
        if groups is None:
            continue
        gap = groups["gap"]
        column = groups["column"]
        if gap and not gap["is_noise"]:
            yield (
                f"By {column}, the metric differs by "
                f"{wording.number(gap['value'])}, more than by chance: it is "
                f"lowest for {wording.short(gap['worst'])} and highest for "
                f"{wording.short(gap['best'])}."
            )
        small = [row for row in groups["groups"] if row["too_small"]]
        if small:
            names = [row["name"] for row in small]
            yield (
                f"By {column}, {wording.listed(names)} {wording.has(names)} "
                f"fewer than {groups_of.MIN_ROWS} rows, which are too few to "
                "judge."
            )


def _of_calibration(report: Report) -> Iterator[str]:
    found = report["calibration"]
    if not found or found["expected_calibration_error"] < _MISCALIBRATED:
        return
    rows = sum(one["rows"] for one in found["bins"])
    confidence, accuracy = (
        sum(one["rows"] * one[name] for one in found["bins"]) / rows
        for name in ("confidence", "accuracy")
    )
    way = "too high" if confidence > accuracy else "too low"
    yield (
        f"Probabilities are {way}: they are {wording.number(confidence)} on "
        f"average, where the share that is right is {wording.number(accuracy)} "
        "(expected calibration error "
        f"{wording.number(found['expected_calibration_error'])})."
    )


def _of_interval(report: Report, whole: float) -> Iterator[str]:
    metric = report["metric"]
    if metric["low"] is None:
        return
    if metric["high"] - metric["low"] > 2 * _WIDE * whole:
        yield (
            f"With {report['rows']:,} rows, {wording.title(metric['name'])} is "
            f"known only to be between {wording.number(metric['low'])} and "
            f"{wording.number(metric['high'])}. Evaluate on more rows."
        )


def _of_training(report: Report, is_compared: bool) -> Iterator[str]:
    if is_compared and report["training"]["rows"] is None:
        yield (
            "The training data is not known or cannot be read, so the "
            "baseline is that of the evaluated labels alone, and duplicates "
            "were not looked for. Name it with --train_file."
        )


def _counts(split: splits.Split | None) -> dict[str, int]:
    """The number of rows of each class."""
    counts: Counter[str] = Counter()
    for example in split.examples if split else ():
        if example is not None:
            counts.update(example.classes)
    return dict(counts)

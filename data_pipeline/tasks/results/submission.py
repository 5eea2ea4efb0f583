"""submission.zip for the GLUE site, from one run or merged from several."""

import io
import math
import os
import zipfile
import zlib
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

from absl import logging

from data_pipeline.io import files
from data_pipeline.io import outputs
from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.configs import metrics_config
from data_pipeline.tasks.texts import example_predictions

FILE_NAME = "submission.zip"

_BINARY = ("0", "1")
_ENTAILMENT = ("entailment", "not_entailment")
_MNLI = ("contradiction", "entailment", "neutral")

# The site's files, and the predictions that each may hold; None: numbers.
LABELS: dict[str, tuple[str, ...] | None] = {
    "CoLA.tsv": _BINARY,
    "SST-2.tsv": _BINARY,
    "MRPC.tsv": _BINARY,
    "STS-B.tsv": None,
    "MNLI-m.tsv": _MNLI,
    "MNLI-mm.tsv": _MNLI,
    "QNLI.tsv": _ENTAILMENT,
    "QQP.tsv": _BINARY,
    "RTE.tsv": _ENTAILMENT,
    "WNLI.tsv": _BINARY,
    "AX.tsv": _MNLI,
}

# The range of STS-B's similarities.
_LOWEST, _HIGHEST = 0.0, 5.0

Rows = Sequence[tuple[str | int, str | float]]


def write(
    folder: str,
    task: table.Task,
    found: dict[str, tuple[splits.Split, list[Any]]],
) -> str:
    """Writes submission.zip for the GLUE site; returns its path.

    Args:
        found: the predictions by split, in the order of task.tests.
    """
    contents, typical = {}, kinds.of(task).typical
    for name, (split, predicted) in zip(
        task.submission, found.values(), strict=False
    ):
        filled = example_predictions.filled(split, predicted, typical)
        contents[name] = list(zip(split.indices, filled, strict=True))
    path = os.path.join(folder, FILE_NAME)
    write_zip(path, contents)
    return path


def write_zip(path: str, predictions: Mapping[str, Rows]) -> None:
    """Writes a zip of the site's files, completely or not at all. The same
    predictions give the same bytes.

    Args:
        path: path of the zip.
        predictions: by file name, pairs of an index in the test file and a
            prediction: "0" or "1", a label's name, or for STS-B a number,
            which is clipped to [0, 5] and written with 3 decimals.
    Raises:
        ValueError: the site has no such file, the file allows no such
            prediction, or an index is repeated.
    """
    _write(path, {name: _tsv(name, rows) for name, rows in predictions.items()})


def merge(folders: Sequence[str], output: str) -> list[str]:
    """Merges the submission.zip files of run folders.

    Args:
        folders: the run folders.
        output: path of the zip to write.
    Returns:
        The names of the site's files that are missing.
    Raises:
        FileNotFoundError: a folder has no submission.zip.
        ValueError: a file is not such a zip, or two have the same file.
    """
    contents: dict[str, bytes] = {}
    source_of: dict[str, str] = {}
    for folder in folders:
        path = os.path.join(folder, FILE_NAME)
        for name, content in _read(path).items():
            if name in contents:
                raise ValueError(
                    f"Each file must come from one run. Received: {name} in "
                    f"{source_of[name]} and in {path}. Leave one run out."
                )
            contents[name] = content
            source_of[name] = path
    _write(output, contents)
    return [name for name in LABELS if name not in contents]


class SubmissionResult(NamedTuple):
    """A merged submission.

    Attributes:
        output: path of the zip.
        missing: names of the files that the site still requires.
    """

    output: str
    missing: tuple[str, ...]


def merge_submissions(
    config: metrics_config.SubmissionConfig,
) -> SubmissionResult:
    """Merges the submission.zip files of several runs into one.

    Raises:
        FileExistsError: the output exists.
        FileNotFoundError: a run has no submission.zip.
        ValueError: a file is not such a zip, or two runs have the same file.
    """
    output = config.output
    outputs.check_new(output, "--output")
    missing = merge(config.input_dir, output)
    logging.info("Wrote %d files to %s.", len(LABELS) - len(missing), output)
    if missing:
        logging.warning(
            "The site requires all %d files. Missing: %s. Predict these tasks "
            "and merge again.",
            len(LABELS),
            ", ".join(missing),
        )
    return SubmissionResult(output, tuple(missing))


def _tsv(name: str, rows: Rows) -> bytes:
    _check_name(name, "predictions")
    lines = ["index\tprediction"]
    seen = set()
    for index, prediction in rows:
        if index in seen:
            raise ValueError(
                f"{name} must have one prediction for each index. Received: "
                f"{index} twice. Give one row for each row of the test file."
            )
        seen.add(index)
        lines.append(f"{index}\t{_written(name, index, prediction)}")
    return ("\n".join(lines) + "\n").encode()


def _written(name: str, index: str | int, prediction: str | float) -> str:
    labels = LABELS[name]
    if labels is None:
        if isinstance(prediction, str) or not math.isfinite(prediction):
            raise ValueError(
                f"{name} must contain finite numbers. Received: {prediction} "
                f"at index {index}. Predict with a model that has not "
                "diverged."
            )
        return f"{min(max(_LOWEST, prediction), _HIGHEST):.3f}"
    if prediction not in labels:
        raise ValueError(
            f"{name} must contain only {' or '.join(labels)}. Received: "
            f"{prediction!r} at index {index}. Predict with a model of this "
            "task."
        )
    return str(prediction)


def _read(path: str) -> dict[str, bytes]:
    if not files.exists(path):
        raise FileNotFoundError(
            f"Each run folder must have a {FILE_NAME}. Received: {path}, which "
            "does not exist. Predict the run's test set first."
        )
    try:
        with zipfile.ZipFile(io.BytesIO(files.read(path))) as archive:
            contents = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(
            f"{FILE_NAME} must be a zip file. Received: {path} ({error}). "
            "Predict the run's test set again."
        ) from error
    for name in contents:
        _check_name(name, path)
    return contents


def _check_name(name: str, place: str) -> None:
    if name not in LABELS:
        raise ValueError(
            f"The site's files must be {', '.join(LABELS)}. Received: {name} "
            f"in {place}. Leave it out or rename it to one of these."
        )


def _write(path: str, contents: Mapping[str, bytes]) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in LABELS:
            if name in contents:
                # A fixed date, so that the bytes do not depend on the time.
                info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = 0o644 << 16
                archive.writestr(info, contents[name])
    files.write(path, buffer.getvalue())

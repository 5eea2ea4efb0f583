"""Chooses the form of a model that answers texts fastest on this machine."""

import dataclasses
import glob
import importlib.util
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import numpy as np

from albert_tf import kinds
from albert_tf.exporting import formats
from albert_tf.exporting import gate
from albert_tf.exporting import litert
from albert_tf.exporting import onnx
from albert_tf.exporting import openvino
from albert_tf.exporting import samples
from albert_tf.serving.models import saved_model
from albert_tf.workflows.configs import export as export_config
from albert_tf.workflows.exporting import served_form
from albert_tf.workflows.exporting import trained as trained_lib

# Modules that each format needs in order to be written and run.
_NEEDS = {
    "litert": ("ai_edge_litert",),
    "onnx": ("onnx", "onnxruntime", "tf2onnx"),
    "openvino": ("openvino", "nncf"),
}
_QUANTIZATIONS = {
    "litert": litert.QUANTIZATIONS,
    "onnx": onnx.QUANTIZATIONS,
    "openvino": openvino.QUANTIZATIONS,
}
# Texts in a large request, and the number of timed requests of each size.
_MANY = 32
_CALLS = {1: 30, _MANY: 5}
_WARM_UP = 3
# A text for models that fill in masks.
_MASKED = "A [MASK] in the house, and another [MASK] in the river."

# Writes a config's forms and the files that the server needs to a folder;
# returns the forms and the gate's results.
Write = Callable[
    [export_config.ExportConfig, str],
    tuple[Sequence[formats.Written], Sequence[gate.Result]],
]


@dataclasses.dataclass(frozen=True)
class Measured:
    """A form, measured on this machine.

    Attributes:
        result: its result of the gate.
        milliseconds: median time for one text, from the text to its answer.
        texts_per_second: the same for requests of 32 texts.
        size: bytes.
    """

    result: gate.Result
    milliseconds: float
    texts_per_second: float
    size: int


def candidates(
    config: export_config.ExportConfig,
    has_data: bool,
    can_have: Callable[[str], bool] = lambda form: True,
) -> export_config.ExportConfig:
    """The config of an export of all forms that can be measured here.

    Args:
        config: the settings of the export.
        has_data: whether there are labeled examples, which forms that round
            weights need.
        can_have: whether a form, such as litert/int8, can hold the model.
    """
    found = [
        name
        for name, modules in _NEEDS.items()
        if all(importlib.util.find_spec(module) for module in modules)
    ]
    saved = export_config.SAVED_MODELS if has_data else ("savedmodel",)
    changes: dict[str, Any] = {
        f"{name}_quantizations": tuple(
            each
            for each in (quantizations if has_data else ("float32",))
            if can_have(f"{name}/{each}")
        )
        for name, quantizations in _QUANTIZATIONS.items()
    }
    tried = tuple(filter(can_have, (*saved, *found)))
    return dataclasses.replace(config, fastest=False, formats=tried, **changes)


def choose(
    config: export_config.ExportConfig,
    trained: trained_lib.Trained,
    sample: samples.Sample,
    write: Write,
) -> tuple[export_config.ExportConfig, str]:
    """Measures all forms, and chooses the one with the shortest time for one
    text among those that pass the gate.

    Args:
        config: the settings of the export.
        trained: the model.
        sample: the examples on which forms are compared and timed.
        write: writes forms.
    Returns:
        The config of an export of that form, and a text with the measurements,
        the choice and what it takes for granted.
    Raises:
        ValueError: no form passes the gate.
    """
    kind = kinds.KINDS.get(trained.row["kind"])
    can_have = kind.has_form if kind else lambda form: True
    tried = candidates(config, sample.data is not None, can_have)
    with tempfile.TemporaryDirectory(prefix="albert_tf_fastest_") as folder:
        written, results = write(tried, folder)
        texts = _strings(trained, sample)
        measured = [
            _measure(folder, form.name, result, texts)
            for form, result in zip(written, results, strict=True)
        ]
    passed = [m for m in measured if m.result.drop <= config.max_metric_drop]
    if not passed:
        gate.check(results, config.max_metric_drop)
    best = min(passed, key=lambda m: m.milliseconds)
    most = max(passed, key=lambda m: m.texts_per_second)
    lacking = [
        name for name in _NEEDS if name not in tried.formats and can_have(name)
    ]
    lines = [
        _table(measured, config.max_metric_drop),
        f"Chosen: {best.result.format}, the fastest for one text. This takes "
        "for granted that texts come one at a time, have the lengths of the "
        f"examples, and are answered on this machine ({os.cpu_count()} cores) "
        f"with its present load. For requests of {_MANY} texts, "
        f"{most.result.format} is the fastest.",
    ]
    if sample.data is None:
        lines.append(
            "Forms that round weights were left out, since there are no "
            "labeled examples to compare them on (--data_dir, --eval_file)."
        )
    if lacking:
        lines.append(
            f"Not installed, and left out: {', '.join(lacking)} (pip install "
            f"'albert_tf[{','.join(lacking)}]')."
        )
    name, _, quantization = best.result.format.partition("/")
    changes: dict[str, Any] = {"fastest": False, "formats": (name,)}
    if quantization:
        changes[f"{name}_quantizations"] = (quantization,)
    return dataclasses.replace(config, **changes), "\n".join(lines)


def _measure(
    folder: str, name: str, result: gate.Result, texts: dict[str, np.ndarray]
) -> Measured:
    """Times a form as the server runs it, the tokenizer included."""
    signature = served_form.load("model", folder, name).signatures["text"]
    return Measured(
        result,
        1e3 * _seconds(signature, texts, 1),
        _MANY / _seconds(signature, texts, _MANY),
        _size(folder, name),
    )


def _seconds(
    signature: saved_model.Signature, texts: dict[str, np.ndarray], count: int
) -> float:
    """Median seconds of requests with `count` texts."""
    seconds = []
    for call in range(_WARM_UP + _CALLS[count]):
        rows = np.arange(call * count, (call + 1) * count)
        request = {
            name: values.take(rows, axis=0, mode="wrap")
            for name, values in texts.items()
        }
        begin = time.perf_counter()
        signature.call(request)
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds[_WARM_UP:])


def _strings(
    trained: trained_lib.Trained, sample: samples.Sample
) -> dict[str, np.ndarray]:
    """Inputs of the signature "text", from the rows of the sample."""
    kind, tokenizer = trained.row["kind"], trained.tokenizer
    if not trained.task:
        return {"texts": np.array([_MASKED.encode()], object)}

    def part(ids, segments, segment):
        dropped = {tokenizer.pad_id, tokenizer.cls_id, tokenizer.sep_id}
        kept = [
            int(i)
            for i, s in zip(ids, segments, strict=True)
            if s == segment and int(i) not in dropped
        ]
        return (tokenizer.decode(kept) or "a").encode()

    first, second = [], []
    for batch in sample.batches():
        ids, segments = batch["token_ids"][0], batch["segment_ids"][0]
        if ids.ndim == 1:
            ids, segments = ids[np.newaxis], segments[np.newaxis]
        first.append(part(ids[0], segments[0], 0))
        second.append(
            [part(*row, 1) for row in zip(ids, segments, strict=True)]
        )
    if kind == "multiple_choice":
        return {
            "texts": np.array(first, object),
            "choices": np.array(second, object),
        }
    names = ("texts", "second_texts")
    if kind == "span":
        names = ("questions", "contexts")
    count = 1 if kind in ("tagging", "embedding") else trained.row["num_texts"]
    columns = (first, [row[0] for row in second])
    return {
        name: np.array(column, object)
        for name, column in zip(names, columns, strict=True)
        if kind == "span" or names.index(name) < count
    }


def _size(folder: str, name: str) -> int:
    if name == "savedmodel":
        paths = [
            os.path.join(folder, inside)
            for inside in ("saved_model.pb", "variables")
        ]
    elif name in export_config.SAVED_MODELS:
        paths = [os.path.join(folder, name)]
    else:
        paths = glob.glob(glob.escape(os.path.join(folder, name)) + ".*")
    return sum(map(formats.size, paths))


def _table(measured: Sequence[Measured], max_metric_drop: float) -> str:
    head = (
        "form",
        "ms for 1 text",
        f"texts/s for {_MANY}",
        "MB",
        measured[0].result.metric,
        "change",
        "",
    )
    rows = [head]
    for m in measured:
        passed = m.result.drop <= max_metric_drop
        rows.append(
            (
                m.result.format,
                f"{m.milliseconds:.2f}",
                f"{m.texts_per_second:.0f}",
                f"{m.size / 1e6:.1f}",
                f"{m.result.exported:.4f}",
                f"{m.result.exported - m.result.original:+.4f}",
                "" if passed else "refused by the gate",
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )

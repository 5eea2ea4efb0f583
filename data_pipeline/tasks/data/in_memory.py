"""Rows in memory as a file of JSON lines, for readers and resumed runs."""

import hashlib
import json
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from data_pipeline.tasks.readers import column_names

_FORMS = (
    "the path of a file, a DataFrame, a tf.data.Dataset, or a list of dicts"
)


def write(
    rows: Any, path: str, columns: Sequence[str], named: Sequence[str]
) -> str:
    """Writes rows to a local file, an object a line.

    Args:
        rows: a pandas DataFrame; a tf.data.Dataset of dicts or of tuples of
            `columns`, in batches or not; or an iterable of dicts.
        path: of the file.
        columns: those of a tuple.
        named: those that the first row must have.
    Returns:
        the hex SHA-256 of the file.
    Raises:
        ValueError: rows are of another form, or lack a column.
    """
    digest = hashlib.sha256()
    is_empty = True
    with open(path, "wb") as file:
        for row in _rows(rows, columns):
            if is_empty:
                _check_first(row, named)
                is_empty = False
            text = json.dumps(row, ensure_ascii=False, default=_plain)
            line = text.encode("utf-8", "surrogatepass") + b"\n"
            file.write(line)
            digest.update(line)
    if is_empty:
        raise ValueError(
            "Data must have a row for each example. Received: no rows."
        )
    return digest.hexdigest()


def _rows(rows: Any, columns: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    if hasattr(rows, "itertuples"):  # a DataFrame, by its columns
        names = [str(name) for name in rows.columns]
        for values in rows.itertuples(index=False, name=None):
            yield dict(zip(names, values, strict=True))
    elif hasattr(rows, "element_spec"):  # a tf.data.Dataset
        yield from _of_dataset(rows, columns)
    elif isinstance(rows, Iterable) and not isinstance(rows, Mapping):
        for number, row in enumerate(rows):
            if not isinstance(row, Mapping):
                raise ValueError(
                    "Each row must be a dict with the columns "
                    f"{', '.join(columns)}. Received: {row!r:.60} "
                    f"({type(row).__name__}), row {number} (counted from 0)."
                )
            yield row
    else:
        raise ValueError(
            f"Data must be {_FORMS}. Received: {type(rows).__name__}."
        )


def _of_dataset(dataset: Any, columns: Sequence[str]) -> Iterator[dict]:
    import tensorflow as tf

    spec = dataset.element_spec
    specs = tf.nest.flatten(spec)
    if specs and all(each.shape.rank != 0 for each in specs):
        # All have an axis: they are batches.
        dataset = dataset.unbatch()
    for element in dataset.as_numpy_iterator():
        if isinstance(element, Mapping):
            yield dict(element)
            continue
        values = tf.nest.flatten(element)
        if len(values) != len(columns):
            raise ValueError(
                "Each element of a tf.data.Dataset must be a dict with the "
                f"columns {', '.join(columns)}, or a tuple of them. Received: "
                f"{spec!r:.200}."
            )
        yield dict(zip(columns, values, strict=True))


def _check_first(row: Mapping[str, Any], named: Sequence[str]) -> None:
    names = list(map(str, row))
    missing = [name for name in named if name not in row]
    if missing:
        hints = "".join(column_names.hint(name, names) for name in missing)
        raise ValueError(
            f"Rows must have the columns {', '.join(named)}. Received: "
            f"{column_names.listed(names)}; missing: {', '.join(missing)}. "
            f"{hints}Name the columns with `text` and `label`."
        )


def _plain(value: Any) -> Any:
    """What JSON has for a value of numpy, pandas or TensorFlow."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if hasattr(value, "tolist"):
        return value.tolist()
    if type(value).__name__ == "NAType":  # pandas' missing value
        return None
    return str(value)

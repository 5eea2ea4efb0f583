"""Rows of Parquet and Arrow files, and of folders that `datasets` saved."""

import contextlib
import io
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

from data_pipeline.io import files
from data_pipeline.tasks import row_problems
from data_pipeline.tasks.readers import column_names
from data_pipeline.tasks.readers import saved_datasets

PARQUET, ARROW, STREAM = b"PAR1", b"ARROW1", b"\xff\xff\xff\xff"
_ROWS = 1000
_Row = tuple[str, dict[str, Any] | None]


def rows(
    path: str, problems: row_problems.Problems, needed: Sequence[str]
) -> Iterator[_Row]:
    """Yields (name of the row's place, a dict of the needed columns).

    Values are those that JSON has: texts, numbers, true and false, None, lists
    and dicts of them. Where the file has names for the numbers of a column, as
    for a datasets.ClassLabel, they take the place of the numbers. A row with a
    number that has no name is None, and `problems` is told.

    Args:
        path: a Parquet or Arrow file, or a folder that
            datasets.Dataset.save_to_disk wrote.
        problems: told of malformed rows.
        needed: columns that the file must have.
    Raises:
        ImportError: pyarrow is not installed.
        ValueError: the file is damaged, lacks a column, or has values of
            another type in one.
        FileNotFoundError: no such file.
    """
    _check_installed()
    features, paths = {}, [path]
    if files.is_folder(path):
        features, paths = saved_datasets.read(path)
    number = 0
    for part in paths:
        with _errors(part), _opened(part, needed) as (schema, batches):
            _check(part, schema, needed)
            features = features or _features(part, schema)
            for batch in batches:
                batch = batch.select(needed)
                # Reading a damaged one would end the process.
                batch.validate(full=True)
                for start in range(0, batch.num_rows, _ROWS):
                    piece = batch.slice(start, _ROWS)
                    for row in piece.to_pylist():
                        place = f"row {number} (from 0)"
                        named = _named(row, features, path, place, problems)
                        yield place, named
                        number += 1


def _check_installed() -> None:
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise ImportError(
            "Parquet and Arrow files are read by pyarrow, which must be "
            "installed: pip install 'albert_tf[data]'."
        ) from None


@contextlib.contextmanager
def _errors(path: str):
    """Says of which file an error of pyarrow is."""
    import pyarrow

    try:
        yield
    # MemoryError: of a length that is damaged.
    except (
        pyarrow.ArrowException,
        UnicodeDecodeError,
        OSError,
        MemoryError,
    ) as error:
        if getattr(error, "errno", None) is not None:  # of the system
            raise
        raise ValueError(
            "A Parquet or Arrow file must be whole and sound. Received: "
            f"{path} ({str(error)[:200]}). Make or copy it again."
        ) from None


@contextlib.contextmanager
def _opened(path: str, needed: Sequence[str]):
    """The schema of a file, and its batches of rows."""
    import pyarrow
    from pyarrow import parquet

    with files.open(path, "rb") as opened:
        # GFile is no file that pyarrow takes.
        local = files.is_local(path)
        file = opened if local else io.BytesIO(opened.read())
        start = file.read(len(ARROW))
        file.seek(0)
        if start.startswith(PARQUET):
            found = parquet.ParquetFile(file)
            yield (
                found.schema_arrow,
                found.iter_batches(_ROWS, columns=list(needed)),
            )
        elif start == ARROW:
            found = pyarrow.ipc.open_file(file)
            yield (
                found.schema,
                map(found.get_batch, range(found.num_record_batches)),
            )
        else:
            found = pyarrow.ipc.open_stream(file)
            yield found.schema, found


def _check(path: str, schema, needed: Sequence[str]) -> None:
    column_names.check(path, schema.names, needed)
    for name in needed:
        if schema.names.count(name) > 1:
            raise ValueError(
                f"{path} must have the column {name!r} once. Received: "
                f"{schema.names.count(name)} of that name."
            )
        if not _is_plain(schema.field(name).type):
            raise ValueError(
                f"The column {name!r} of {path} must hold texts, numbers, "
                "true and false, or lists of them. Received: "
                f"{schema.field(name).type}. Convert it, or name another "
                "column."
            )


def _is_plain(kind) -> bool:
    from pyarrow import types

    if any(
        is_list(kind)
        for is_list in (
            types.is_list,
            types.is_large_list,
            types.is_fixed_size_list,
            types.is_dictionary,
        )
    ):
        return _is_plain(kind.value_type)
    if types.is_struct(kind):
        return all(_is_plain(field.type) for field in kind)
    return any(
        is_type(kind)
        for is_type in (
            types.is_string,
            types.is_large_string,
            types.is_string_view,
            types.is_integer,
            types.is_floating,
            types.is_boolean,
            types.is_null,
        )
    )


def _features(path: str, schema) -> dict:
    """What `datasets` wrote of the columns into the file; {} if nothing."""
    content = (schema.metadata or {}).get(b"huggingface")
    if content is None:
        return {}
    return saved_datasets.features(path, content, "info")


def _named(row, features, path, place, problems) -> dict[str, Any] | None:
    found = {}
    for column, value in row.items():
        try:
            found[column] = _value(value, features.get(column))
        except IndexError:
            problems.add(
                path,
                place,
                f"The numbers of {column!r} must have names in the file.",
                value,
            )
            return None
    return found


def _value(value: Any, feature: Any) -> Any:
    """A value with names for numbers, as a feature of `datasets` says."""
    names = saved_datasets.class_names(feature)
    inner = saved_datasets.inner(feature)
    if inner is not None and isinstance(value, list):
        return [_value(item, inner) for item in value]
    if names is None or type(value) is not int:
        return value
    if value < -1:
        raise IndexError
    return None if value == -1 else names[value]  # -1: not labelled

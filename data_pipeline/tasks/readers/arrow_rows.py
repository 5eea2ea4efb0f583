"""Reads Parquet and Arrow files, and folders that `datasets` saved."""

import contextlib
import io
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

from data_pipeline.io import files
from data_pipeline.io import json_file
from data_pipeline.tasks import row_problems
from data_pipeline.tasks.readers import column_names
from data_pipeline.tasks.readers import saved_datasets

PARQUET, ARROW, STREAM = b"PAR1", b"ARROW1", b"\xff\xff\xff\xff"
_ROWS = 1000
_Row = tuple[str, dict[str, Any] | None]


def rows(
    path: str, problems: row_problems.Problems, needed: Sequence[str]
) -> Iterator[_Row]:
    """Yields (place of the row, its needed columns by name).

    Values have JSON's types: texts, numbers, true and false, None, and lists
    and dicts of these. If the file names the numbers of a column, as for a
    datasets.ClassLabel, the names replace the numbers. A row with an unnamed
    number is malformed: it is reported, and None takes its place.

    Args:
        path: a Parquet or Arrow file, or a folder that
            datasets.Dataset.save_to_disk wrote.
        problems: reports malformed rows.
        needed: columns that the file must have.
    Raises:
        ImportError: pyarrow is not installed.
        ValueError: the file is damaged, lacks a column, or has a column of an
            unsupported type.
        FileNotFoundError: there is no such file.
    """
    _check_installed()
    features: dict[str, Any] = {}
    paths = [path]
    if files.is_folder(path):
        features, paths = saved_datasets.read(path)
    number = 0
    for shard in paths:
        with _errors(shard), _opened(shard, needed) as (schema, batches):
            _check(shard, schema, needed)
            features = features or _features(shard, schema)
            for batch in batches:
                batch = batch.select(needed)
                # Reading an invalid batch would crash the process.
                batch.validate(full=True)
                for start in range(0, batch.num_rows, _ROWS):
                    piece = batch.slice(start, _ROWS)
                    for row in piece.to_pylist():
                        place = f"row {number} (from 0)"
                        named = _named(row, features, path, place, problems)
                        yield place, named
                        number += 1


def columns(path: str) -> list[str]:
    """The names of the columns whose values can be read.

    Args and Raises: as in `rows`.
    """
    _check_installed()
    paths = [path]
    if files.is_folder(path):
        _, paths = saved_datasets.read(path)
    with _errors(paths[0]), _opened(paths[0], ()) as (schema, _):
        return [field.name for field in schema if _is_plain(field.type)]


def _check_installed() -> None:
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise ImportError(
            "pyarrow must be installed to read Parquet and Arrow files. Run "
            "pip install 'albert_tf[data]'."
        ) from None


@contextlib.contextmanager
def _errors(path: str) -> Iterator[None]:
    """Turns errors of pyarrow into ValueErrors that name the file."""
    import pyarrow

    try:
        yield
    # A damaged length raises MemoryError.
    except (
        pyarrow.ArrowException,
        UnicodeDecodeError,
        OSError,
        MemoryError,
    ) as error:
        if getattr(error, "errno", None) is not None:  # a system error
            raise
        raise ValueError(
            "A Parquet or Arrow file must be complete and undamaged. Received: "
            f"{path} ({str(error)[:200]}). Write or copy it again."
        ) from None


@contextlib.contextmanager
def _opened(
    path: str, needed: Sequence[str]
) -> Iterator[tuple[Any, Iterable[Any]]]:
    """The schema of a file, and its batches of rows."""
    import pyarrow
    from pyarrow import parquet

    with files.open(path, "rb") as opened:
        # pyarrow cannot read from a GFile.
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


def _check(path: str, schema: Any, needed: Sequence[str]) -> None:
    column_names.check(path, schema.names, needed)
    for name in needed:
        if schema.names.count(name) > 1:
            raise ValueError(
                f"{path} must have one column {name!r}. Received: "
                f"{schema.names.count(name)} columns of that name. Rename the "
                "others."
            )
        if not _is_plain(schema.field(name).type):
            raise ValueError(
                f"The column {name!r} of {path} must hold texts, numbers, "
                "true and false, or lists of these. Received: "
                f"{schema.field(name).type}. Convert it, or name another "
                "column."
            )


def _is_plain(kind: Any) -> bool:
    """Whether values of an Arrow type can be read."""
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


def _features(path: str, schema: Any) -> dict[str, Any]:
    """The features that `datasets` wrote into the file, by column; {} if it
    did not."""
    content = (schema.metadata or {}).get(b"huggingface")
    if content is None:
        return {}
    info = json_file.parse_object(content, path).get("info")
    return saved_datasets.features(info)


def _named(
    row: dict[str, Any],
    features: dict[str, Any],
    path: str,
    place: str,
    problems: row_problems.Problems,
) -> dict[str, Any] | None:
    """A row with names in place of numbers; None if a number has none."""
    found = {}
    for column, value in row.items():
        try:
            found[column] = _value(value, features.get(column))
        except IndexError:
            problems.add(
                path,
                place,
                f"The numbers in {column!r} must have names in the file.",
                value,
            )
            return None
    return found


def _value(value: Any, feature: Any) -> Any:
    """A value with names in place of numbers, according to its feature."""
    names = saved_datasets.class_names(feature)
    inner = saved_datasets.inner(feature)
    if inner is not None and isinstance(value, list):
        return [_value(item, inner) for item in value]
    if names is None or type(value) is not int:
        return value
    if value < -1:
        raise IndexError
    return None if value == -1 else names[value]  # -1: no label

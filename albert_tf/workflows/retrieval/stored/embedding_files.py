"""Files of embeddings, written part by part, so that a killed run resumes.

Parts lie in a folder beside the output, each in a .npy file and, once that is
complete, a .json file with the ids. At the end, they are joined.
"""

import importlib.util
import io
import json
import os
from collections.abc import Mapping
from collections.abc import Sequence
from typing import IO
from typing import Any

import numpy as np

from data_pipeline.io import files
from data_pipeline.io import json_file
from data_pipeline.io import outputs

UNFINISHED = ".unfinished"
_PARQUET = ".parquet"
_ENDINGS = (".npy", _PARQUET)
_SETTINGS = "settings.json"


class Parts:
    """The parts of an output in work.

    Args:
        output: path of the file that they become.
        settings: everything that decides their content, as JSON values.
    Raises:
        ValueError: parts were written with other settings.
    """

    def __init__(self, output: str, settings: Mapping[str, Any]) -> None:
        self.folder = output + UNFINISHED
        self._output = output
        path = os.path.join(self.folder, _SETTINGS)
        if files.exists(path):
            _check_same(json_file.read_object(path), settings, self.folder)
        else:
            files.make_folder(self.folder)
            files.write(path, _json(settings))
        files.remove_unfinished(self.folder)
        self._counts: list[int] = []
        while self._is_complete(len(self._counts)):
            self._counts.append(len(self._ids(len(self._counts))))

    def read_description(self) -> dict[str, Any]:
        """The content of the .json file, once the parts are joined."""
        return json_file.read_object(description(self._output))

    @property
    def count(self) -> int:
        """The number of embeddings so far."""
        return sum(self._counts)

    @property
    def are_joined(self) -> bool:
        """Whether the output is complete already."""
        return files.exists(description(self._output))

    def add(self, ids: Sequence[str], embeddings: np.ndarray) -> None:
        """Writes the next part."""
        number = len(self._counts)
        content = io.BytesIO()
        np.lib.format.write_array(content, embeddings, allow_pickle=False)
        files.write(self._path(number, "npy"), content.getvalue())
        files.write(self._path(number, "json"), _json({"ids": list(ids)}))
        self._counts.append(len(ids))

    def join(self, described: Mapping[str, Any]) -> dict[str, Any]:
        """Writes the output, and what lies beside it.

        Args:
            described: content for the .json file.
        Returns:
            that content, with count, size and where the ids are.
        """
        first = self._part(0)
        size, dtype = int(first.shape[1]), first.dtype
        described = {**described, "count": self.count, "size": size}
        if _is_parquet(self._output):
            described |= {"ids": "id", "precision": dtype.name}
            with files.whole(self._output) as file:
                self._write_parquet(file, size, dtype, described)
        else:
            ids = ids_file(self._output)
            described |= {
                "ids": os.path.basename(ids),
                "precision": dtype.name,
            }
            with files.whole(ids) as file:
                for number in range(len(self._counts)):
                    for id in self._ids(number):
                        file.write(_json(id))
            with files.whole(self._output) as file:
                self._write_npy(file, size, dtype)
        files.write(description(self._output), _json(described, indent=2))
        return described

    def remove(self) -> None:
        """Removes the parts, once they are joined."""
        files.remove_folder(self.folder)

    def _write_npy(self, file: IO, size: int, dtype: np.dtype) -> None:
        np.lib.format.write_array_header_1_0(
            file,
            {
                "descr": np.lib.format.dtype_to_descr(dtype),
                "fortran_order": False,
                "shape": (self.count, size),
            },
        )
        for number in range(len(self._counts)):
            file.write(self._part(number).tobytes())

    def _write_parquet(
        self, file: IO, size: int, dtype: np.dtype, described: dict[str, Any]
    ) -> None:
        import pyarrow
        from pyarrow import parquet

        kind = pyarrow.from_numpy_dtype(dtype)
        schema = pyarrow.schema(
            [
                ("id", pyarrow.string()),
                ("embedding", pyarrow.list_(kind, size)),
            ],
            metadata={"albert_tf": _json(described)},
        )
        with parquet.ParquetWriter(file, schema) as writer:
            for number in range(len(self._counts)):
                flat = pyarrow.array(self._part(number).reshape(-1), kind)
                lists = pyarrow.FixedSizeListArray.from_arrays(flat, size)
                table = pyarrow.table([self._ids(number), lists], schema=schema)
                writer.write_table(table)

    def _is_complete(self, number: int) -> bool:
        return all(
            files.exists(self._path(number, ending))
            for ending in ("json", "npy")
        )

    def _path(self, number: int, ending: str) -> str:
        return os.path.join(self.folder, f"{number:06}.{ending}")

    def _part(self, number: int) -> np.ndarray:
        content = files.read(self._path(number, "npy"))
        return np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)

    def _ids(self, number: int) -> list[str]:
        return json_file.read_object(self._path(number, "json"))["ids"]


def description(output: str) -> str:
    """The path of the .json file that describes an output."""
    return f"{output}.json"


def ids_file(output: str) -> str:
    """The path of the file with the ids of a .npy file, one on each line."""
    return f"{output}.ids.jsonl"


def check_output(path: str) -> None:
    """Checks the name of an output, that it is new unless it was begun, and
    that it can be written.

    Raises:
        ValueError: it has another ending than .npy and .parquet.
        FileExistsError: it exists.
        ImportError: it ends in .parquet, and pyarrow is not installed.
    """
    if not path.endswith(_ENDINGS):
        raise ValueError(
            "--output must end in .npy or .parquet. Received: "
            f"{path}. Name such a file."
        )
    if not files.is_folder(path + UNFINISHED):
        for each in (path, description(path), ids_file(path)):
            outputs.check_new(each, "--output")
    if _is_parquet(path) and importlib.util.find_spec("pyarrow") is None:
        raise ImportError(
            "pyarrow must be installed to write Parquet files. Run pip install "
            "'albert_tf[data]', or write .npy."
        )


def _is_parquet(path: str) -> bool:
    return path.endswith(_PARQUET)


def _check_same(
    started: Mapping[str, Any], settings: Mapping[str, Any], folder: str
) -> None:
    changed = [
        f"{name} {started.get(name)!r:.80}, now {value!r:.80}"
        for name, value in settings.items()
        if started.get(name) != value
    ]
    if changed:
        raise ValueError(
            "An unfinished file must be finished with the settings it was "
            f"begun with. Received: {'; '.join(changed)}. Use the same "
            f"settings, or remove {folder} to begin again."
        )


def _json(value: Any, indent: int | None = None) -> bytes:
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    return (text + "\n").encode()

"""The documents of an index: written as a stream, found by number or id."""

import hashlib
import json
import os
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

import numpy as np

from albert_tf.io import json_file
from albert_tf.retrieval import lines

_DOCUMENTS, _IDS, _KEYS = "documents.jsonl", "ids", "keys.npy"
_SHOWN = 5
# Below json_file's own limit: metadata lies two levels deep.
_MOST_NESTED = json_file.MOST_NESTED - 2


class Document(NamedTuple):
    """A text that can be found.

    Attributes:
        id: its name, unique in an index.
        text: what it says.
        title: its heading, which is searched with the text; "" for none.
        metadata: other values by name, as JSON has them; not searched.
    """

    id: str
    text: str
    title: str = ""
    metadata: Mapping[str, Any] = {}

    @property
    def content(self) -> str:
        """What is searched: the title, a space, and the text."""
        return f"{self.title} {self.text}".strip()


class Documents:
    """The documents in a folder that `write` filled.

    Args:
        folder: the folder.
        deleted: numbers of documents that no longer count.
    """

    def __init__(self, folder: str, deleted: np.ndarray) -> None:
        self._path = os.path.join(folder, _DOCUMENTS)
        self._texts = lines.Lines(self._path)
        self._ids = lines.Lines(os.path.join(folder, _IDS))
        self._keys = np.load(os.path.join(folder, _KEYS), mmap_mode="r")
        self._deleted = frozenset(deleted.tolist())
        lengths = {len(self._texts), len(self._ids), self._keys.shape[-1]}
        if len(lengths) > 1 or self._keys.shape[:-1] != (2,):
            raise ValueError(
                "The documents of an index and their ids must be equally "
                f"many. Received: {sorted(lengths)} in {folder}. Copy the "
                "index again, or build it again."
            )

    def __len__(self) -> int:
        """The number of documents, with those that were deleted."""
        return len(self._texts)

    def id(self, number: int) -> str:
        return self._ids[number]

    def __getitem__(self, number: int) -> Document:
        values = json_file.parse_object(
            self._texts[number].encode(), f"{self._path}, document {number}"
        )
        return Document(
            self._ids[number],
            str(values.get("text", "")),
            str(values.get("title", "")),
            values.get("metadata") or {},
        )

    def all(self) -> Iterator[Document]:
        """The documents that were not deleted, in their order."""
        for number in range(len(self)):
            if number not in self._deleted:
                yield self[number]

    def find(self, id: str) -> int | None:
        """The number of the document with an id; None if there is none."""
        hashes, numbers = self._keys
        key = _key(id)
        place = int(np.searchsorted(hashes, key))
        while place < len(hashes) and hashes[place] == key:
            number = int(numbers[place])
            if number not in self._deleted and self._ids[number] == id:
                return number
            place += 1
        return None

    def numbers(self, ids: Iterable[str]) -> list[int]:
        """The numbers of the documents with these ids.

        Raises:
            ValueError: there are no documents with some of the ids.
        """
        found = {id: self.find(id) for id in ids}
        unknown = [id for id, number in found.items() if number is None]
        if unknown:
            raise ValueError(
                "Each id must be that of a document in the index. Received: "
                f"{listed(unknown)}. Leave unknown ids out; nothing was "
                "changed."
            )
        return [number for number in found.values() if number is not None]


def write(
    folder: str,
    documents: Iterable[Document],
    *,
    old: Documents | None = None,
) -> None:
    """Writes documents into a folder.

    Args:
        folder: an existing folder.
        documents: documents to write, read once.
        old: documents to write before these, with the same numbers, so that
            deleted ones stay deleted.
    Raises:
        ValueError: there are no documents, two have the same id, or one has
            no text.
    """
    with (
        lines.Writer(os.path.join(folder, _DOCUMENTS)) as texts,
        lines.Writer(os.path.join(folder, _IDS)) as ids,
    ):
        if old is not None:
            texts.extend(old._texts)
            ids.extend(old._ids)
        before = 0 if old is None else len(old)
        added = bytearray()
        for document in documents:
            _check(document)
            texts.write(_as_json(document))
            ids.write(document.id)
            added += _key(document.id).tobytes()
    hashes = np.frombuffer(added, dtype=np.uint64)
    if not len(hashes) and old is None:
        raise ValueError(
            "There must be at least one document. Received: none. Name a file "
            "with a document in each row."
        )
    numbers = np.arange(before, before + len(hashes), dtype=np.uint64)
    if old is not None:
        hashes = np.concatenate([old._keys[0], hashes])
        numbers = np.concatenate([old._keys[1], numbers])
    order = np.argsort(hashes, kind="stable")
    np.save(
        os.path.join(folder, _KEYS), np.stack([hashes[order], numbers[order]])
    )
    _check_unique(folder, old)


def _check(document: Document) -> None:
    if not document.id:
        raise ValueError(
            "Each document must have an id. Received: an empty one, for "
            f"{document.text[:40]!r}. Fill it in."
        )
    try:
        f"{document.id}{document.content}".encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            "Each document must be valid Unicode. Received: the document "
            f"{document.id!r}, where {error.reason}. Remove it, or correct it."
        ) from None
    if json_file.nested(dict(document.metadata)) > _MOST_NESTED:
        raise ValueError(
            f"The other columns of a document must be nested {_MOST_NESTED} "
            f"deep at most. Received: the document {document.id!r}. Leave the "
            "column out."
        )
    if not document.content:
        raise ValueError(
            "Each document must have a non-empty text. Received: the document "
            f"{document.id!r}, which has none. Remove it, or fill in its text."
        )


def _check_unique(folder: str, old: Documents | None) -> None:
    """Raises ValueError if an id occurs twice among documents that count."""
    deleted = frozenset() if old is None else old._deleted
    hashes, numbers = np.load(os.path.join(folder, _KEYS), mmap_mode="r")
    ids = lines.Lines(os.path.join(folder, _IDS))
    twice: dict[str, int] = {}
    # Documents whose hashes are equal lie side by side.
    for value in np.unique(hashes[1:][hashes[1:] == hashes[:-1]]):
        start = np.searchsorted(hashes, value, "left")
        end = np.searchsorted(hashes, value, "right")
        same = {
            int(number): ids[int(number)]
            for number in numbers[start:end]
            if int(number) not in deleted
        }
        names = list(same.values())
        twice |= {id: n for n, id in same.items() if names.count(id) > 1}
    if twice:
        raise ValueError(
            "Each id must be unique in an index. Received: "
            f"{listed(sorted(twice, key=lambda id: twice[id]))}, which several "
            "documents have. Give them different ids, or delete the old "
            "documents first."
        )


def listed(ids: Sequence[str]) -> str:
    """Ids for a message; a long list is cut."""
    more = f" and {len(ids) - _SHOWN:,} more" if len(ids) > _SHOWN else ""
    return ", ".join(repr(id)[:60] for id in ids[:_SHOWN]) + more


def _as_json(document: Document) -> str:
    values: dict[str, Any] = {"text": document.text}
    if document.title:
        values["title"] = document.title
    if document.metadata:
        values["metadata"] = dict(document.metadata)
    return json.dumps({"id": document.id, **values}, ensure_ascii=False) + "\n"


def _key(id: str) -> np.uint64:
    """A hash of an id, the same on each machine."""
    digest = hashlib.blake2b(id.encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))

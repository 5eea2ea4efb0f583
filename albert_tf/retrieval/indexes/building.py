"""Indexes built, extended, and without some of their documents."""

import itertools
import os
import shutil
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator

import numpy as np

from albert_tf.retrieval import documents as documents_lib
from albert_tf.retrieval import embedders
from albert_tf.retrieval import lexical as lexical_lib
from albert_tf.retrieval import vectors as vectors_lib
from albert_tf.retrieval.indexes import generations
from albert_tf.retrieval.indexes import index as index_lib
from albert_tf.retrieval.indexes import nearest as nearest_lib

# Documents that are embedded at once.
_AT_ONCE = 8192
# Documents, the number of the first one, and how many there are in all, to
# vectors: float [n, D].
Encode = Callable[[list[documents_lib.Document], int, int], np.ndarray]


def encoder(embedder: embedders.Embedder, prompt: str | None) -> Encode:
    """Embeds documents with a model."""
    return lambda documents, start, total: embedder.encode(
        [document.content for document in documents],
        progress=False,
        prompt=prompt,
    )


def create(
    folder: str,
    documents: Iterable[documents_lib.Document],
    *,
    version: str,
    embedder: embedders.Embedder | None = None,
    encode: Encode | None = None,
    prompt: str | None = None,
    kind: str = nearest_lib.AUTO,
    has_lexical: bool = True,
) -> generations.Description:
    """Builds an index, in place of the one in the folder, if there is one.

    The documents are written first, so that errors in them appear before the
    first is embedded.

    Args:
        folder: the folder of the index.
        documents: what can be found; read once.
        version: of albert_tf, which index.json names.
        embedder: the model that embeds queries; None for words only.
        encode: makes vectors of documents; None: the model does.
        prompt: the name of the model's prompt for documents.
        kind: one of nearest.KINDS; "auto" chooses by the number of documents.
        has_lexical: whether it also gets BM25.
    Returns:
        What index.json says.
    Raises:
        ValueError: there are no documents, or ids are not unique, or texts
            are empty, or vectors have NaN or another size than the model's.
    """
    with generations.new(folder) as place:
        documents_lib.write(place, documents)
        stored = documents_lib.Documents(place, np.zeros(0, np.int64))
        count = len(stored)
        about = generations.Description(
            generation=os.path.basename(place),
            num_documents=count,
            num_deleted=0,
            model=None,
            fingerprint=None,
            size=0,
            kind=None,
            effort=None,
            prompt=None,
            has_lexical=has_lexical,
            quality=None,
        )
        if embedder is not None:
            encode = encode or encoder(embedder, prompt)
            size = vectors_lib.write(
                os.path.join(place, vectors_lib.FILE),
                _encoded(stored.all(), count, encode),
                count,
            )
            _check_size(size, embedder)
            about = about._replace(
                model=embedder.name,
                fingerprint=embedder.fingerprint,
                size=size,
                kind=nearest_lib.chosen(kind, count),
                prompt=prompt,
            )
            vectors = vectors_lib.load(place, count, size)
            nearest_lib.build(about.kind or "", vectors, place)
            about = _measured(about, vectors, place, np.zeros(0, np.int64))
        if has_lexical:
            texts = (document.content for document in stored.all())
            lexical_lib.of_texts(texts).save(place)
        generations.switch(folder, about, version)
    return about


def extend(
    folder: str,
    documents: Iterable[documents_lib.Document],
    *,
    version: str,
    embedder: embedders.Embedder | None = None,
    encode: Encode | None = None,
) -> generations.Description:
    """Adds documents to an index.

    Args:
        folder, documents, version, encode: as in `create`.
        embedder: the model that made the index; None for words only.
    Raises:
        ValueError: as in `create`, or the model is another one.
    """
    old = index_lib.Index(folder)
    about = old.description
    if embedder is not None:
        embedders.check(embedder, about.model, about.fingerprint, about.size)
    elif about.model is not None:
        raise ValueError(
            "Documents must be added with the model of the index. Received: no "
            f"model, for an index by {about.model}."
        )
    with generations.new(folder) as place:
        documents_lib.write(place, documents, old=old.stored)
        if len(old.deleted):
            np.save(os.path.join(place, index_lib.DELETED), old.deleted)
        stored = documents_lib.Documents(place, old.deleted)
        count = len(stored)
        about = about._replace(
            generation=os.path.basename(place), num_documents=count
        )
        if embedder is not None:
            encode = encode or encoder(embedder, about.prompt)
            new = (stored[number] for number in range(len(old.stored), count))
            vectors_lib.write(
                os.path.join(place, vectors_lib.FILE),
                itertools.chain(
                    vectors_lib.pieces(old.all_vectors, _AT_ONCE),
                    _encoded(new, count - len(old.stored), encode),
                ),
                count,
            )
            vectors = vectors_lib.load(place, count, about.size)
            nearest_lib.extend(
                about.kind or "",
                old.folder,
                vectors[len(old.stored) :],
                place,
            )
            about = _measured(about, vectors, place, old.deleted)
        if about.has_lexical:
            # Numbered like the documents; deleted ones have no words.
            gone = frozenset(old.deleted.tolist())
            texts = (
                "" if number in gone else stored[number].content
                for number in range(count)
            )
            lexical_lib.of_texts(texts).save(place)
        generations.switch(folder, about, version)
    return about


def delete(
    folder: str, ids: Iterable[str], *, version: str
) -> generations.Description:
    """Removes documents from an index.

    They are marked as deleted; `create` with the documents of the index frees
    their space.

    Args:
        folder, version: as in `create`.
        ids: of the documents.
    Raises:
        ValueError: an id is unknown, or no document would be left. Nothing is
            changed then.
    """
    old = index_lib.Index(folder)
    numbers = old.stored.numbers(ids)
    deleted = np.union1d(old.deleted, np.array(numbers, np.int64))
    if len(deleted) == old.description.num_documents:
        raise ValueError(
            "An index must keep at least one document. Received: the ids of "
            f"all {len(old):,}. Remove the folder instead."
        )
    with generations.new(folder) as place:
        _copy(old.folder, place)
        np.save(os.path.join(place, index_lib.DELETED), deleted)
        about = old.description._replace(
            generation=os.path.basename(place), num_deleted=len(deleted)
        )
        generations.switch(folder, about, version)
    return about


def _copy(old: str, new: str) -> None:
    """Gives a generation the files of another, which are not changed again:
    by links, where the disk has them."""
    for source, _, names in os.walk(old):
        target = os.path.join(new, os.path.relpath(source, old))
        os.makedirs(target, exist_ok=True)
        for name in names:
            if name == index_lib.DELETED:
                continue
            paths = os.path.join(source, name), os.path.join(target, name)
            try:
                os.link(*paths)
            except OSError:
                shutil.copyfile(*paths)


def _encoded(
    documents: Iterator[documents_lib.Document], total: int, encode: Encode
) -> Iterator[np.ndarray]:
    start = 0
    while part := list(itertools.islice(documents, _AT_ONCE)):
        yield encode(part, start, total)
        start += len(part)


def _check_size(size: int, embedder: embedders.Embedder) -> None:
    if size != embedder.size:
        raise ValueError(
            f"Vectors must have the size of the model, {embedder.size} for "
            f"{embedder.name}. Received: the size {size}. Embed the documents "
            "with this model."
        )


def _measured(
    about: generations.Description,
    vectors: np.ndarray,
    place: str,
    deleted: np.ndarray,
) -> generations.Description:
    """The description with the effort of a search, and what was measured."""
    searched = nearest_lib.Nearest(
        about.kind or "", vectors, place, deleted, about.effort
    )
    effort, quality = searched.tuned()
    return about._replace(effort=effort, quality=quality)

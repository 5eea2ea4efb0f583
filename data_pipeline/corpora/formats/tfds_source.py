"""Reads the texts of a tensorflow_datasets data set.

Arguments of both functions:
    name: name of the data set, such as wikipedia/20230601.en.
    split: its split, such as train or train[:1%].
    data_dir: folder where TFDS keeps data sets; None for its default.
"""

from collections.abc import Iterator
from typing import Any


def size(name: str, split: str, data_dir: str | None) -> int:
    """Size of the whole split in bytes; prepares the data set if necessary."""
    builder = _prepared(name, data_dir)
    whole = split.split("[")[0]
    if whole not in builder.info.splits:
        raise ValueError(
            "--tfds_split must be a split of the data set. Received: "
            f"{split!r}, where {name} has {', '.join(builder.info.splits)}. "
            "Name one of these."
        )
    return builder.info.splits[whole].num_bytes


def texts(
    name: str,
    split: str,
    data_dir: str | None,
    field: str,
    *,
    subsplit: int,
    num_subsplits: int,
) -> Iterator[bytes]:
    """Yields the texts of one of several even subsplits, in order on disk.

    Raises:
        ValueError: the examples have no such field of text.
    """
    builder = _prepared(name, data_dir)
    import tensorflow_datasets as tfds

    dataset = builder.as_dataset(
        split=tfds.even_splits(split, num_subsplits)[subsplit],
        shuffle_files=False,
        # One file after the other, so that the order is that on disk.
        read_config=tfds.ReadConfig(interleave_cycle_length=1),
    )
    spec = dataset.element_spec
    if field not in spec or spec[field].dtype.name != "string":
        raise ValueError(
            "--text_field must be a text of the TFDS examples. Received: "
            f"{field!r}, where {name} has {', '.join(spec)}. Name one of these."
        )
    for example in dataset.as_numpy_iterator():
        yield example[field]


def _prepared(name: str, data_dir: str | None) -> Any:
    try:
        import tensorflow_datasets as tfds
    except ImportError:
        raise ImportError(
            "tensorflow_datasets must be installed for --tfds. Install it "
            "with: pip install 'albert_tf[tfds]'"
        ) from None
    try:
        builder = tfds.builder(name, data_dir=data_dir)
    except tfds.core.DatasetNotFoundError:  # lists all that exist
        raise ValueError(
            "--tfds must name a data set of tensorflow_datasets, such as "
            "wikipedia/20230601.en, or one prepared in --tfds_data_dir. "
            f"Received: {name!r} and {data_dir!r}, where there is none. The "
            "names are at https://www.tensorflow.org/datasets/catalog."
        ) from None
    builder.download_and_prepare()  # does nothing if it is prepared
    return builder

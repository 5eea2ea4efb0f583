"""Records, and the held-out rows that all models are scored on."""

import os
from collections.abc import Iterator

import numpy as np

import albert_tf
from data_pipeline.pretraining import batching
from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining.records import record_sets

_BATCH = 64


def records(folder: str, text: str, vocabulary: str, length: int) -> str:
    """Builds records unless they are there; returns their pattern."""
    if not os.path.exists(os.path.join(folder, "manifest.json")):
        albert_tf.build_records(
            albert_tf.RecordsConfig(
                input_file=text,
                spm_model_file=vocabulary,
                output_dir=folder,
                max_seq_length=length,
                num_workers=os.cpu_count(),
            )
        )
    return os.path.join(folder, "*.tfrecord")


def write_held_out(pattern: str, length: int, rows: int, path: str) -> None:
    """Writes masked rows as NumPy arrays, [batches, rows, ...] by name."""
    found = list(_batches(pattern, length, rows))
    arrays = {
        name: np.stack([batch[name] for batch in found]) for name in found[0]
    }
    np.savez(path, **arrays)


def write_stream(pattern: str, length: int, path: str) -> None:
    """Writes the text of records as rows without padding, int32 [rows, S].

    Texts follow one another, as in `group_texts` of transformers' examples.
    """
    ids = []
    for batch in _batches(pattern, length, None):
        rows = batch["token_ids"].copy()
        # Masks are put back: an unused slot has weight 0.
        row, slot = np.nonzero(batch["mask_weights"])
        places = batch["mask_positions"][row, slot]
        rows[row, places] = batch["mask_ids"][row, slot]
        # Rows that only fill the last batch have no masks.
        is_text = batch["mask_weights"].any(axis=1)[:, None]
        ids.append(rows[(batch["padding_mask"] == 1) & is_text])
    stream = np.concatenate(ids)
    np.save(path, stream[: len(stream) // length * length].reshape(-1, length))


def _batches(
    pattern: str, length: int, rows: int | None
) -> Iterator[dict[str, np.ndarray]]:
    record_set = record_sets.open_records(pattern, length)
    assert record_set.tokenizer is not None
    config = albert_tf.PretrainConfig(max_seq_length=length)
    count = -(-(rows or len(record_set.files)) // _BATCH)
    dataset, _ = batching.evaluation_batches(
        record_set,
        mask_spec.from_config(config, record_set.tokenizer),
        batch_size=_BATCH,
        seed=0,
        max_batches=count,
    )
    yield from dataset.as_numpy_iterator()

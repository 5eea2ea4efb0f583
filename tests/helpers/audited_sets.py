"""Small record sets and their audits, for the tests of the audit."""

import numpy as np

from data_pipeline.pretraining import mask_config
from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining.audit import masked_rows
from data_pipeline.pretraining.audit import promises
from data_pipeline.pretraining.audit import statistics
from data_pipeline.pretraining.records import columns
from data_pipeline.pretraining.records import examples
from data_pipeline.pretraining.records import features as records
from data_pipeline.pretraining.records import manifests
from data_pipeline.pretraining.records import record_sets
from data_pipeline.pretraining.records import tfrecords
from data_pipeline.text import tokenizers

LENGTH = 32


def write_set(folder, vocabulary, made, documents=None, **settings):
    """A record set of these examples; documents: a hash or None for each."""
    tokenizer = tokenizers.load(vocabulary)
    tokenizer.save(folder)
    documents = documents or [None] * len(made)
    shard = tfrecords.write_shard(
        str(folder / "part-00000-of-00001.tfrecord"),
        [
            (records.serialize(e, document), records.row_tokens(e))
            for e, document in zip(made, documents, strict=True)
        ],
    )
    manifest = manifests.Manifest(
        settings={"max_seq_length": LENGTH, **settings},
        tokenizer=tokenizer.fingerprint,
        vocab_size=tokenizer.vocab_size,
        inputs={},
        counts={
            "documents": sum(d is not None for d in documents),
            "records": len(made),
        },
        shards=[shard],
    )
    manifests.write(str(folder), manifest)
    return record_sets.open_records(str(folder / "*.tfrecord"), LENGTH)


def count(record_set):
    """Statistics of all records."""
    return statistics.count_records(columns.read(record_set), LENGTH)


def mask(record_set, number=1000, **settings):
    """The spec of these settings, and statistics of masks drawn with it."""
    spec = mask_spec.from_config(
        mask_config.MaskConfig(**settings), record_set.tokenizer
    )
    masked = masked_rows.read_rows(record_set, spec, seed=1, count=number)
    return spec, statistics.count_masks(
        masked, max_seq_length=LENGTH, spec=spec
    )


def off(record_set, **settings):
    """The names of the comparisons that fail."""
    manifest = record_set.manifest
    counts = count(record_set)
    spec, masks = mask(record_set, **settings)
    made = {name: manifest.counts[name] for name in ("records", "documents")}
    findings = promises.compare(
        counts, masks, settings=manifest.settings, made=made, spec=spec
    )
    return {finding.what for finding in findings if finding.advice}


def sound_examples(number, vocabulary, **changes):
    """Examples with 2 segments of 10 to 14 words of one token each."""
    tokenizer = tokenizers.load(vocabulary)
    words = 13 + np.flatnonzero(tokenizer.starts_word[13:])
    rng = np.random.default_rng(0)
    return [
        examples.Example(rng.choice(words, size).tolist(), size // 2, **changes)
        for size in rng.integers(20, 29, number).tolist()
    ]

"""Makes the records of a block of text, with pure functions.

The local pool and Apache Beam run the same functions. All random numbers depend
on (seed, group, block, document) only, so records do not depend on the engine
or on the number of workers.
"""

import dataclasses
import functools
import hashlib
from collections.abc import Iterator
from collections.abc import Sequence

import numpy as np

from data_pipeline.corpora import blocks
from data_pipeline.corpora import documents
from data_pipeline.corpora import text_faults
from data_pipeline.corpora import text_sources
from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining.building import records_config
from data_pipeline.pretraining.building import segments
from data_pipeline.pretraining.records import examples
from data_pipeline.pretraining.records import features as records
from data_pipeline.text import tokenizers
from data_pipeline.text.pieces import tokenizer_settings

COUNTS = ("documents", "sentences", "tokens", "records", *text_faults.KINDS)
# Bytes of text per shard, unless --num_shards is given.
_SHARD_BYTES = 256 << 20
# Random stream for the order of records: a document number that no block has.
_ORDER = 2**32 - 1
# Rows that are masked in one call to TensorFlow.
_MASKED_AT_ONCE = 128


@dataclasses.dataclass(frozen=True)
class BuildJob:
    """Everything needed to turn blocks into records; small and without open
    files, so that it can be sent to workers.

    Attributes:
        config: the config, with num_shards not 0.
        sources: the sources of the text.
        vocabulary, tokenizer_settings: the tokenizer's vocabulary and
            settings.
    """

    config: records_config.RecordsConfig
    sources: tuple[text_sources.TextSource, ...]
    vocabulary: bytes
    tokenizer_settings: tokenizer_settings.TokenizerSettings

    def tokenizer(self) -> tokenizers.Tokenizer:
        return _tokenizer(self.vocabulary, self.tokenizer_settings)

    @property
    def repeats(self) -> int:
        """How often each block is cut into examples."""
        return self.config.dupe_factor if self.config.is_masked else 1


def new_job(config: records_config.RecordsConfig) -> BuildJob:
    """Finds the text and loads the tokenizer that a config names.

    Raises:
        FileNotFoundError: there is no such text, or no such vocabulary.
        ValueError: the text or the vocabulary is invalid.
    """
    sources = tuple(text_sources.list_sources(config))
    tokenizer = tokenizers.load(
        config.spm_model_file, lower_case=config.do_lower_case
    )
    if not config.num_shards:
        size = sum(source.size for source in sources)
        config = dataclasses.replace(
            config, num_shards=1 + size // _SHARD_BYTES
        )
    return BuildJob(config, sources, tokenizer.vocabulary, tokenizer.settings)


@functools.lru_cache(maxsize=1)
def _tokenizer(
    vocabulary: bytes, settings: tokenizer_settings.TokenizerSettings
) -> tokenizers.Tokenizer:
    return tokenizers.Tokenizer(vocabulary, settings)


@dataclasses.dataclass(frozen=True)
class BlockRecords:
    """The records of one pass through a block.

    Attributes:
        keys: uint64 [n], random numbers below 2**63. A record belongs to shard
            key % num_shards, where records are sorted by key. So the records
            of a corpus are shuffled without ever being in one place.
        tokens: uint32 [n], number of tokens of each record's row.
        data: the n serialized records.
        counts: counts by the names in COUNTS; those of the text are in the
            first pass only.
        places: the first faults in the text, in the first pass only.
    """

    keys: np.ndarray
    tokens: np.ndarray
    data: list[bytes]
    counts: dict[str, int]
    places: list[str]


def make(block: blocks.Block, job: BuildJob) -> Iterator[BlockRecords]:
    """Makes the records of a block, `job.repeats` times.

    Raises:
        ValueError: the text has faults, and the config says to stop.
    """
    texts, found = documents.parse(block, job.config)
    places = found.places
    sentences = [s for document in texts for s in document.sentences]
    ids = job.tokenizer().encode_batch(sentences, num_threads=1)
    of_sentence = iter(ids)
    tokenized = [
        [next(of_sentence) for _ in document.sentences] for document in texts
    ]
    counts = {
        "documents": len(texts),
        "sentences": len(sentences),
        "tokens": sum(map(len, ids)),
        **found.counts,
    }
    config = job.config
    for repeat in range(job.repeats):
        seed = [config.random_seed, block.group, block.number, repeat]
        of_documents = [
            list(
                segments.split_document(
                    tokenized,
                    number,
                    np.random.default_rng([*seed, number]),
                    config,
                )
            )
            for number in range(len(texts))
        ]
        rng = np.random.default_rng([*seed, _ORDER])
        if config.is_masked:
            data = _serialize_masked(of_documents, rng, job)
        else:
            data = _serialize(of_documents, texts)
        tokens = [records.row_tokens(e) for es in of_documents for e in es]
        yield BlockRecords(
            keys=rng.integers(0, 2**63, len(data), np.uint64),
            tokens=np.array(tokens, np.uint32),
            data=data,
            counts={**counts, "records": len(data)},
            places=places,
        )
        counts, places = dict.fromkeys(COUNTS, 0), []


def _serialize(
    of_documents: Sequence[Sequence[examples.Example]],
    texts: Sequence[documents.Document],
) -> list[bytes]:
    """The records of all documents; the first of each has its hash."""
    return [
        records.serialize(example, _hash(document) if place == 0 else None)
        for document, parts in zip(texts, of_documents, strict=True)
        for place, example in enumerate(parts)
    ]


def _serialize_masked(
    of_documents: Sequence[Sequence[examples.Example]],
    rng: np.random.Generator,
    job: BuildJob,
) -> list[bytes]:
    """The records of all documents in Google's format."""
    # TensorFlow is needed only to draw masks.
    from data_pipeline.pretraining.building import masked_records

    spec = _mask_spec(job)
    unmasked = [example for parts in of_documents for example in parts]
    data: list[bytes] = []
    for at in range(0, len(unmasked), _MASKED_AT_ONCE):
        part = unmasked[at : at + _MASKED_AT_ONCE]
        data += masked_records.serialize(
            part,
            spec,
            rng.integers(0, 2**64, len(part), np.uint64),
            max_seq_length=job.config.max_seq_length,
        )
    return data


# Shared by all blocks, since TensorFlow compiles masking for each spec.
@functools.lru_cache(maxsize=1)
def _mask_spec(job: BuildJob) -> mask_spec.MaskSpec:
    return mask_spec.from_config(job.config, job.tokenizer())


def _hash(document: documents.Document) -> int:
    """A 63-bit hash of the sentences of a document."""
    text = "\n".join(document.sentences).encode()
    digest = hashlib.blake2b(text, digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1

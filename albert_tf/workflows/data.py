"""The workflows that make data: a corpus, a vocabulary, and records."""

from data_pipeline.corpora.write_corpus import CorpusResult
from data_pipeline.corpora.write_corpus import write_corpus
from data_pipeline.pretraining.building.build_records import RecordsResult
from data_pipeline.pretraining.building.build_records import build_records
from data_pipeline.vocabulary.train_vocabulary import VocabularyResult
from data_pipeline.vocabulary.train_vocabulary import train_vocabulary

__all__ = [
    "CorpusResult",
    "RecordsResult",
    "VocabularyResult",
    "build_records",
    "train_vocabulary",
    "write_corpus",
]

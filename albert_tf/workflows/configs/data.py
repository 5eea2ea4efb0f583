"""The configs of the workflows that make data."""

from data_pipeline.corpora.corpus_config import CorpusConfig
from data_pipeline.pretraining.audit.audit_config import AuditConfig
from data_pipeline.pretraining.building.records_config import RecordsConfig
from data_pipeline.vocabulary.vocabulary_config import VocabularyConfig

__all__ = ["AuditConfig", "CorpusConfig", "RecordsConfig", "VocabularyConfig"]

"""ALBERT for TensorFlow and Keras 3: the public names.

Import this package before tensorflow. On x86, it turns on oneDNN's matrix
products, with which a float32 step takes 0.8 of the time. TensorFlow does not
use them on processors without AVX-512, and reads the setting only once, when it
is imported. Set `TF_ENABLE_ONEDNN_OPTS=0` in the environment to turn them off.

TensorFlow is imported when one of these names is first used, so that --help of
a command does not wait for it.
"""

import importlib
import os
import platform
from typing import TYPE_CHECKING

if platform.machine() in ("x86_64", "AMD64"):
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

if TYPE_CHECKING:
    from albert_tf.config import AlbertConfig
    from albert_tf.crf.model import AlbertCrfTagger
    from albert_tf.early_exit.model import AlbertEarlyExitClassifier
    from albert_tf.embedding.model import AlbertEmbedder
    from albert_tf.embedding.settings import EmbeddingSettings
    from albert_tf.interop.loading import load
    from albert_tf.layers.attention_weights import attention_weights
    from albert_tf.models import AlbertEncoder
    from albert_tf.models import AlbertPretrainer
    from albert_tf.optimization import create_optimizer
    from albert_tf.seq2seq.model import AlbertSeq2Seq
    from albert_tf.seq2seq.options import DecodingOptions
    from albert_tf.spans.model import AlbertConditionalSpan
    from albert_tf.spans.model import AlbertSpan
    from albert_tf.task_models import AlbertClassifier
    from albert_tf.task_models import AlbertMultipleChoice
    from albert_tf.task_models import AlbertTagger
    from albert_tf.workflows.answering.embedder import Embedder
    from albert_tf.workflows.answering.embedder import embedder
    from albert_tf.workflows.answering.predictor import Predictor
    from albert_tf.workflows.answering.predictor import predictor
    from albert_tf.workflows.answering.preprocessor import TextPreprocessor
    from albert_tf.workflows.answering.preprocessor import preprocessor
    from albert_tf.workflows.audit import audit_records
    from albert_tf.workflows.calibration.calibrate import calibrate
    from albert_tf.workflows.configs.convert import ConvertConfig
    from albert_tf.workflows.configs.data import AuditConfig
    from albert_tf.workflows.configs.data import CorpusConfig
    from albert_tf.workflows.configs.data import RecordsConfig
    from albert_tf.workflows.configs.data import VocabularyConfig
    from albert_tf.workflows.configs.estimate import EstimateFinetuneConfig
    from albert_tf.workflows.configs.exit_curve import ExitCurveConfig
    from albert_tf.workflows.configs.export import ExportConfig
    from albert_tf.workflows.configs.finetune import FinetuneConfig
    from albert_tf.workflows.configs.inference import CalibrateConfig
    from albert_tf.workflows.configs.inference import EvaluateConfig
    from albert_tf.workflows.configs.inference import PredictConfig
    from albert_tf.workflows.configs.pretrain import PretrainConfig
    from albert_tf.workflows.configs.prune import PruneConfig
    from albert_tf.workflows.configs.push import PushConfig
    from albert_tf.workflows.configs.report import ReportConfig
    from albert_tf.workflows.configs.retrieval.embed import EmbedConfig
    from albert_tf.workflows.configs.retrieval.index import IndexConfig
    from albert_tf.workflows.configs.retrieval.mine import MineConfig
    from albert_tf.workflows.configs.retrieval.search import SearchConfig
    from albert_tf.workflows.configs.serve import ServeConfig
    from albert_tf.workflows.configs.tuning.tune import TuneConfig
    from albert_tf.workflows.convert import convert
    from albert_tf.workflows.data import build_records
    from albert_tf.workflows.data import train_vocabulary
    from albert_tf.workflows.data import write_corpus
    from albert_tf.workflows.estimate import estimate
    from albert_tf.workflows.exit_curve import exit_curve
    from albert_tf.workflows.exporting.export import export
    from albert_tf.workflows.finetuning.doctor import check_finetuning
    from albert_tf.workflows.finetuning.evaluate import evaluate
    from albert_tf.workflows.finetuning.finetune import finetune
    from albert_tf.workflows.finetuning.predict import predict
    from albert_tf.workflows.pretraining.doctor import check_pretraining
    from albert_tf.workflows.pretraining.pretrain import pretrain
    from albert_tf.workflows.prune import prune
    from albert_tf.workflows.push import push
    from albert_tf.workflows.report import report
    from albert_tf.workflows.retrieval.embed import embed
    from albert_tf.workflows.retrieval.index import index
    from albert_tf.workflows.retrieval.mine import mine
    from albert_tf.workflows.retrieval.search import search
    from albert_tf.workflows.retrieval.searcher import Searcher
    from albert_tf.workflows.retrieval.searcher import searcher
    from albert_tf.workflows.serve import serve
    from albert_tf.workflows.tuning.tune import tune

_MODULES = {
    "AlbertClassifier": "task_models",
    "AlbertConditionalSpan": "spans.model",
    "AlbertConfig": "config",
    "AlbertCrfTagger": "crf.model",
    "AlbertEarlyExitClassifier": "early_exit.model",
    "AlbertEmbedder": "embedding.model",
    "AlbertEncoder": "models",
    "AlbertMultipleChoice": "task_models",
    "AlbertPretrainer": "models",
    "AlbertSeq2Seq": "seq2seq.model",
    "AlbertSpan": "spans.model",
    "AlbertTagger": "task_models",
    "AuditConfig": "workflows.configs.data",
    "CalibrateConfig": "workflows.configs.inference",
    "ConvertConfig": "workflows.configs.convert",
    "CorpusConfig": "workflows.configs.data",
    "DecodingOptions": "seq2seq.options",
    "EmbedConfig": "workflows.configs.retrieval.embed",
    "Embedder": "workflows.answering.embedder",
    "EmbeddingSettings": "embedding.settings",
    "EstimateFinetuneConfig": "workflows.configs.estimate",
    "EvaluateConfig": "workflows.configs.inference",
    "ExitCurveConfig": "workflows.configs.exit_curve",
    "ExportConfig": "workflows.configs.export",
    "FinetuneConfig": "workflows.configs.finetune",
    "IndexConfig": "workflows.configs.retrieval.index",
    "MineConfig": "workflows.configs.retrieval.mine",
    "PredictConfig": "workflows.configs.inference",
    "Predictor": "workflows.answering.predictor",
    "PretrainConfig": "workflows.configs.pretrain",
    "PruneConfig": "workflows.configs.prune",
    "PushConfig": "workflows.configs.push",
    "RecordsConfig": "workflows.configs.data",
    "ReportConfig": "workflows.configs.report",
    "SearchConfig": "workflows.configs.retrieval.search",
    "Searcher": "workflows.retrieval.searcher",
    "ServeConfig": "workflows.configs.serve",
    "TextPreprocessor": "workflows.answering.preprocessor",
    "TuneConfig": "workflows.configs.tuning.tune",
    "VocabularyConfig": "workflows.configs.data",
    "attention_weights": "layers.attention_weights",
    "audit_records": "workflows.audit",
    "build_records": "workflows.data",
    "calibrate": "workflows.calibration.calibrate",
    "check_finetuning": "workflows.finetuning.doctor",
    "check_pretraining": "workflows.pretraining.doctor",
    "convert": "workflows.convert",
    "create_optimizer": "optimization",
    "embed": "workflows.retrieval.embed",
    "embedder": "workflows.answering.embedder",
    "estimate": "workflows.estimate",
    "evaluate": "workflows.finetuning.evaluate",
    "exit_curve": "workflows.exit_curve",
    "export": "workflows.exporting.export",
    "finetune": "workflows.finetuning.finetune",
    "index": "workflows.retrieval.index",
    "load": "interop.loading",
    "mine": "workflows.retrieval.mine",
    "predict": "workflows.finetuning.predict",
    "predictor": "workflows.answering.predictor",
    "preprocessor": "workflows.answering.preprocessor",
    "pretrain": "workflows.pretraining.pretrain",
    "prune": "workflows.prune",
    "push": "workflows.push",
    "report": "workflows.report",
    "search": "workflows.retrieval.search",
    "searcher": "workflows.retrieval.searcher",
    "serve": "workflows.serve",
    "train_vocabulary": "workflows.data",
    "tune": "workflows.tuning.tune",
    "write_corpus": "workflows.data",
}
__all__ = [
    "AlbertClassifier",
    "AlbertConditionalSpan",
    "AlbertConfig",
    "AlbertCrfTagger",
    "AlbertEarlyExitClassifier",
    "AlbertEmbedder",
    "AlbertEncoder",
    "AlbertMultipleChoice",
    "AlbertPretrainer",
    "AlbertSeq2Seq",
    "AlbertSpan",
    "AlbertTagger",
    "AuditConfig",
    "CalibrateConfig",
    "ConvertConfig",
    "CorpusConfig",
    "DecodingOptions",
    "EmbedConfig",
    "Embedder",
    "EmbeddingSettings",
    "EstimateFinetuneConfig",
    "EvaluateConfig",
    "ExitCurveConfig",
    "ExportConfig",
    "FinetuneConfig",
    "IndexConfig",
    "MineConfig",
    "PredictConfig",
    "Predictor",
    "PretrainConfig",
    "PruneConfig",
    "PushConfig",
    "RecordsConfig",
    "ReportConfig",
    "SearchConfig",
    "Searcher",
    "ServeConfig",
    "TextPreprocessor",
    "TuneConfig",
    "VocabularyConfig",
    "attention_weights",
    "audit_records",
    "build_records",
    "calibrate",
    "check_finetuning",
    "check_pretraining",
    "convert",
    "create_optimizer",
    "embed",
    "embedder",
    "estimate",
    "evaluate",
    "exit_curve",
    "export",
    "finetune",
    "index",
    "load",
    "mine",
    "predict",
    "predictor",
    "preprocessor",
    "pretrain",
    "prune",
    "push",
    "report",
    "search",
    "searcher",
    "serve",
    "train_vocabulary",
    "tune",
    "write_corpus",
]
__version__ = "0.1.0"


def __getattr__(name: str):
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{_MODULES[name]}")
    value = globals()[name] = getattr(module, name)
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

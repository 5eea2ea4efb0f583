"""ALBERT for TensorFlow and Keras 3: the public names.

Import it before tensorflow: on x86 it turns on oneDNN, TensorFlow's products by
Intel's library, which TensorFlow leaves off where a processor has no AVX-512
and reads once, when it is imported (docs/performance_notes.md: a step takes
0.8 of the time). `TF_ENABLE_ONEDNN_OPTS=0` in the environment leaves it off.
"""

import os

os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

from albert_tf.compression.early_exit import AlbertEarlyExitClassifier
from albert_tf.config import AlbertConfig
from albert_tf.loading import load
from albert_tf.models import AlbertEncoder
from albert_tf.models import AlbertPretrainer
from albert_tf.optimization import create_optimizer
from albert_tf.task_models import AlbertClassifier
from albert_tf.task_models import AlbertConditionalSpan
from albert_tf.task_models import AlbertMultipleChoice
from albert_tf.task_models import AlbertSpan
from albert_tf.task_models import AlbertTagger

__all__ = [
    "AlbertClassifier",
    "AlbertConditionalSpan",
    "AlbertConfig",
    "AlbertEarlyExitClassifier",
    "AlbertEncoder",
    "AlbertMultipleChoice",
    "AlbertPretrainer",
    "AlbertSpan",
    "AlbertTagger",
    "create_optimizer",
    "load",
]
__version__ = "0.1.0"

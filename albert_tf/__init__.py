"""ALBERT for TensorFlow and Keras 3: the public names.

Import it before tensorflow. On x86 it asks for oneDNN's products of matrices,
with which a float32 step takes 0.8 of the time; TensorFlow leaves them off
where a processor has no AVX-512, and reads the choice once, when it is
imported. `TF_ENABLE_ONEDNN_OPTS=0` in the environment leaves them off.
"""

import os
import platform

if platform.machine() in ("x86_64", "AMD64"):
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

"""ALBERT for TensorFlow and Keras 3: the public names."""

from albert_tf.config import AlbertConfig
from albert_tf.loading import load
from albert_tf.models import AlbertEncoder
from albert_tf.models import AlbertPretrainer
from albert_tf.optimization import create_optimizer

__all__ = [
    "AlbertConfig",
    "AlbertEncoder",
    "AlbertPretrainer",
    "create_optimizer",
    "load",
]
__version__ = "0.1.0"

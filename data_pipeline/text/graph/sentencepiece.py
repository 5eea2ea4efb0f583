"""SentencePiece models as resources that live as long as their process.

TensorFlow Text gives a model to the kernel that reads it. Kernels go when
`tf.random.set_seed`, `keras.utils.set_random_seed` or
`keras.backend.clear_session` is called, and then every tokenizer that was made
before fails with "Resource ... does not exist". A resource with a name of its
own stays. Its name is the hash of the model, so that tokenizers with the same
model share one.
"""

import hashlib
from typing import Any

import tensorflow as tf
import tensorflow_text as tf_text
from tensorflow_text.python.ops import sentencepiece_tokenizer


class _Model(tf.saved_model.experimental.TrackableResource):
    def __init__(self, model: bytes) -> None:
        super().__init__()
        self._model = model
        self._name = f"sentencepiece_{hashlib.sha256(model).hexdigest()}"
        _ = self.resource_handle  # makes it

    def _create_resource(self) -> Any:
        operations = sentencepiece_tokenizer.gen_sentencepiece_tokenizer
        return operations.sentencepiece_op(
            model=self._model, shared_name=self._name
        )


def tokenizer(model: bytes) -> tf_text.SentencepieceTokenizer:
    """Makes TensorFlow Text's tokenizer of a SentencePiece model.

    Args:
        model: bytes of the model.
    """
    made = tf_text.SentencepieceTokenizer(model)
    made._model_resource = _Model(model)
    return made

"""From characters to ids: tokenizers, in Python and in TensorFlow graphs."""

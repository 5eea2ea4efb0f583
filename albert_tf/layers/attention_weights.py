"""albert_tf.attention_weights: what each head of a model attends to."""

import keras
import tensorflow as tf

from albert_tf import batches


def attention_weights(
    model: keras.Model, inputs: batches.Rows
) -> list[tf.Tensor]:
    """Computes how much each token attends to each other one.

    Args:
        model: AlbertEncoder, or any model that `albert_tf.load` returns.
        inputs: as for AlbertEncoder; see `albert_tf.preprocessor`.
    Returns:
        A list of L * inner_group_num float32 [B, N, S, S], in the order of
        the encoder's `layer_outputs`: for each head and query (the first S),
        the weights of the keys, which sum to 1. Padding gets no weight.
    Raises:
        ValueError: S exceeds max_position_embeddings.
    Source: Vaswani et al. 2017, "Attention Is All You Need", 3.2.1.

    Example:
        >>> import albert_tf, tensorflow as tf
        >>> config = albert_tf.AlbertConfig.named("tiny", vocab_size=100)
        >>> encoder = albert_tf.AlbertEncoder(config)
        >>> rows = {"token_ids": tf.constant([[2, 17, 23, 3]])}
        >>> layers = albert_tf.attention_weights(encoder, rows)
        >>> len(layers), tuple(layers[0].shape)
        (4, (1, 12, 4, 4))
    """
    encoder = getattr(model, "encoder", model)
    _, x, bias = encoder.embed(inputs)
    outputs = encoder.transformer(x, bias)
    return encoder.transformer.attention_weights([x, *outputs[:-1]], bias)

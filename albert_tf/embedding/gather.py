"""Collects the examples of a step from all replicas."""

import tensorflow as tf


def all_replicas(*values: tf.Tensor) -> tuple[tf.Tensor, ...]:
    """The values of all replicas, one after another along the first axis.

    Gradients flow back to the replica that each value came from. Without
    several replicas, the values themselves.
    """
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return values
    return tuple(context.all_gather(list(values), axis=0))


def own_places(count: tf.Tensor) -> tf.Tensor:
    """Where a replica's values are in the result of `all_replicas`.

    Args:
        count: N, the number of values on each replica.
    Returns:
        int32 [N].
    """
    context = tf.distribute.get_replica_context()
    number = 0
    if context is not None and context.num_replicas_in_sync > 1:
        number = context.replica_id_in_sync_group
    own = tf.cast(number, tf.int32) * count + tf.range(count)
    (everyone,) = all_replicas(own)
    # Found by value, so that no order of the replicas is assumed.
    same = own[:, None] == everyone[None]
    return tf.argmax(tf.cast(same, tf.int32), axis=1, output_type=tf.int32)

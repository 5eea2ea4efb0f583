"""One step of writing: the next token's logits, from cached keys and values.

A source has several slots, one for each text that is written at the same time.
A search moves texts between slots. The cache stays as it is: for each text,
`owners` says in whose slot the keys of its earlier tokens are, and attention
sees only these. Moving keys would take longer than a step computes.

Letters: B sources, Q slots of a source, T tokens of the longest target; others
as in the layers.
"""

import tensorflow as tf

from albert_tf.layers import tokens
from albert_tf.seq2seq import biases

Cache = list[tuple[tf.Tensor, tf.Tensor]]


class Steps:
    """A model that has read its sources, ready to write.

    Args:
        model: AlbertSeq2Seq.
        inputs: those of AlbertEncoder, one source a row.
        slots: Q.
        length: T.
    """

    def __init__(self, model, inputs, slots: int, length: int):
        self.model = model
        self.slots = slots
        self.length = length
        ids = inputs["token_ids"]
        self.sources = ids.shape[0] or tf.shape(ids)[0]
        encoded, _ = model.encode(inputs, False, None)
        read = model.head.read(encoded["sequence_output"])
        self._memory_bias = biases.of_source(inputs, model.encoder.masked_bias)
        # What does not change from step to step is computed before the loop.
        self._blocks = [
            (
                attend,
                attend.joined("query", "key", "value"),
                cross,
                cross.joined("query"),
                read[cross.name],
                ffn,
            )
            for attend, cross, ffn in model.head.blocks(
                model.encoder.transformer
            )
        ]
        self._dtype = encoded["sequence_output"].dtype

    def empty_cache(self) -> Cache:
        """Keys and values of no token: a row for each source, head and step."""
        config = self.model.config
        rows = self.sources * config.num_attention_heads * self.length
        shape = [rows, self.slots * config.head_size]
        return [
            (tf.zeros(shape, self._dtype), tf.zeros(shape, self._dtype))
            for _ in self._blocks
        ]

    def first_owners(self):
        """Every slot owns its keys: int32 [B, Q, T]."""
        slots = tf.range(self.slots)[None, :, None]
        return tf.tile(slots, [self.sources, 1, self.length])

    def __call__(self, ids, step, cache: Cache, owners):
        """The logits of the tokens after `ids`.

        Args:
            ids: int32 [B, Q], the tokens at position `step`.
            step: int32 scalar, from 0.
            cache: keys and values of the tokens before.
            owners: int32 [B, Q, T], the slots of the tokens before and of ids.
        Returns:
            float32 [B, Q, V], and the cache with these tokens.
        """
        model = self.model
        x = model.embed_targets(ids, tf.fill(tf.shape(ids), step))
        bias = self._bias(step, owners)
        after = []
        for block, (keys, values) in zip(self._blocks, cache, strict=True):
            attend, joined, cross, query, read, ffn = block
            q, k, v = attend.project(x, joined)  # [B, N, Q, D]
            keys = self._write(keys, k, step)
            values = self._write(values, v, step)
            after.append((keys, values))
            x = attend.attend(x, q, self._read(keys), self._read(values), bias)
            (q,) = cross.project(x, query)
            x = cross.attend(x, q, *read, self._memory_bias)
            x = ffn(x)
        return model.head.writer(x, model.target_table), after

    def _bias(self, step, owners):
        """0 at the keys that belong to a text: float32 [B, 1, Q, T Q]."""
        slots, length = self.slots, self.length
        mine = owners[..., None] == tf.range(slots)  # [B, Q, T, Q]
        mine &= (tf.range(length) <= step)[:, None]
        bias = tf.where(mine, 0.0, tokens.MASKED_BIAS)
        return tf.reshape(bias, [self.sources, 1, slots, length * slots])

    def _write(self, table, new, step):
        """Puts [B, N, Q, D] into the rows of a step."""
        heads = self.sources * self.model.config.num_attention_heads
        rows = tf.reshape(new, [heads, table.shape[1]])
        places = (tf.range(heads) * self.length + step)[:, None]
        return tf.tensor_scatter_nd_update(table, places, rows)

    def _read(self, table):
        """The whole table as keys or values, [B, N, T Q, D]."""
        config = self.model.config
        return tf.reshape(
            table,
            [
                self.sources,
                config.num_attention_heads,
                self.length * self.slots,
                config.head_size,
            ],
        )

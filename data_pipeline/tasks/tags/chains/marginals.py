"""Probabilities of tags and entities, by the forward-backward algorithm."""

import dataclasses
import functools

import numpy as np
import tensorflow as tf

from data_pipeline.tasks.tags.chains import tag_chain
from data_pipeline.tasks.tags.chains import viterbi


@dataclasses.dataclass(frozen=True)
class Marginals:
    """The distribution of the sequences of tags of B texts of up to W words.

    Attributes:
        logits: float32 [B, W, C], the scores of each word's labels.
        lengths: int [B], the number of words of each text.
        chain: the transitions.
    """

    logits: tf.Tensor
    lengths: tf.Tensor
    chain: tag_chain.TagChain

    def log_partition(self) -> tf.Tensor:
        """The logarithm of the sum over all sequences, float32 [B]; of a text
        without words, arbitrary."""
        _, _, end = viterbi.parts(self.chain)
        return tf.reduce_logsumexp(self._before[-1] + end, axis=-1)

    def of_tags(self, tags: tf.Tensor) -> tf.Tensor:
        """The probability of each word's tag.

        Args:
            tags: int [B, W].
        Returns:
            float32 [B, W], arbitrary after the last word.
        """
        both = tf.transpose(self._before + self._after, [1, 0, 2])
        both = both[:, : tf.shape(tags)[1]]
        own = tf.gather(both, tags, batch_dims=2)
        return tf.exp(own - self.log_partition()[:, None])

    def of_entities(self, tags: tf.Tensor) -> tf.Tensor:
        """The probability of each entity: that exactly its words are an entity
        of its type.

        Args:
            tags: int [B, W].
        Returns:
            float32 [B, W], the probability at the last word of each entity, and
            arbitrary elsewhere.
        """
        width = tf.shape(tags)[1]
        more = tf.shape(self._times)[0] - width
        tags = tf.pad(tags, [[0, 0], [0, more]])
        start, inner, end = viterbi.parts(self.chain)
        opens = _only(self.chain.begins)
        extends = _only(self.chain.continues[:-1, :-1])
        closes = _only(~tf.convert_to_tensor(self.chain.continues[:-1, :-1]))
        kinds = tf.convert_to_tensor(self.chain.kinds)
        kind = tf.transpose(tf.gather(kinds, tags))  # [W, B]
        # Whether each label is of the type of the word's tag, [W, B, C].
        fits = _only(kinds == kind[..., None])
        label_before = tf.concat(
            [tf.fill([tf.shape(tags)[0], 1], tf.size(kinds)), tags[:, :-1]],
            axis=1,
        )
        begins = tf.gather_nd(
            self.chain.begins, tf.stack([label_before, tags], axis=-1)
        )
        begins = tf.transpose(begins)[..., None]  # [W, B, 1]
        times, live, after = self._times, self._live, self._after
        leaves = tf.concat([live[1:], tf.zeros_like(live[:1])], axis=0)

        def next_of(values: tf.Tensor) -> tf.Tensor:
            return tf.concat([values[1:], values[:1]], axis=0)

        def step(
            state: tuple[tf.Tensor, tf.Tensor], now: tuple[tf.Tensor, ...]
        ) -> tuple[tf.Tensor, tf.Tensor]:
            """The scores of sequences in which the word is in the entity, [B,
            C], and in which it is the last one there, [B]."""
            within, _ = state
            before, own, fit, begins, leaves, later = now
            entered = _log_product(before, inner + opens[:-1, :-1])
            extended = _log_product(within, inner + extends)
            within = tf.where(begins, entered, extended) + own + fit
            return within, ended(within, leaves, later)

        def ended(
            within: tf.Tensor, leaves: tf.Tensor, later: tf.Tensor
        ) -> tf.Tensor:
            left = _log_product(later, tf.transpose(inner + closes))
            return tf.reduce_logsumexp(
                within + tf.where(leaves, left, end), axis=-1
            )

        later = next_of(times + after)
        first = start + opens[-1, :-1] + times[0] + fits[0]
        state = first, ended(first, leaves[0], later[0])
        elements = (
            self._before[:-1],
            times[1:],
            fits[1:],
            begins[1:],
            leaves[1:],
            later[1:],
        )
        _, found = tf.scan(step, elements, state)
        found = tf.concat([state[1][None], found], axis=0)
        found = tf.transpose(found)[:, :width]
        return tf.exp(found - self.log_partition()[:, None])

    @functools.cached_property
    def _times(self) -> tf.Tensor:
        return viterbi.by_word(self.logits)

    @functools.cached_property
    def _live(self) -> tf.Tensor:
        return viterbi.is_word(self.lengths, tf.shape(self._times)[0])

    @functools.cached_property
    def _before(self) -> tf.Tensor:
        """The log-sums over what comes before each label, its own score
        included, [W, B, C]; after a text those of its last word."""
        start, inner, _ = viterbi.parts(self.chain)

        def step(
            scores: tf.Tensor, now: tuple[tf.Tensor, tf.Tensor]
        ) -> tf.Tensor:
            own, live = now
            return tf.where(live, _log_product(scores, inner) + own, scores)

        first = start + self._times[0]
        rest = tf.scan(step, (self._times[1:], self._live[1:]), first)
        return tf.concat([first[None], rest], axis=0)

    @functools.cached_property
    def _after(self) -> tf.Tensor:
        """The log-sums over what comes after each label, [W, B, C]."""
        _, inner, end = viterbi.parts(self.chain)
        back = tf.transpose(inner)

        def step(
            scores: tf.Tensor, after: tuple[tf.Tensor, tf.Tensor]
        ) -> tf.Tensor:
            own, live = after
            return tf.where(live, _log_product(scores + own, back), end)

        last = tf.zeros_like(self._times[0]) + end
        rest = tf.scan(
            step, (self._times[1:], self._live[1:]), last, reverse=True
        )
        return tf.concat([rest, last[None]], axis=0)


def _log_product(scores: tf.Tensor, steps: tf.Tensor) -> tf.Tensor:
    """Log-sums of scores [B, C] and steps [C, C] over the first label."""
    return tf.reduce_logsumexp(scores[:, :, None] + steps, axis=1)


def _only(allowed: np.ndarray | tf.Tensor) -> tf.Tensor:
    """0 where something is allowed, and IMPOSSIBLE elsewhere."""
    return tf.where(allowed, 0.0, tag_chain.IMPOSSIBLE)

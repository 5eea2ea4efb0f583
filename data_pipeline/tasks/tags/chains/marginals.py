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
        scores, sums = self._before
        last = tf.reduce_logsumexp(scores[-1] + end, axis=-1)
        return last + tf.reduce_sum(sums, axis=[0, 2])

    def of_tags(self, tags: tf.Tensor) -> tf.Tensor:
        """The probability of each word's tag.

        Args:
            tags: int [B, W].
        Returns:
            float32 [B, W], arbitrary after the last word.
        """
        shares = tf.nn.softmax(self._before[0] + self._after[0])
        shares = tf.transpose(shares, [1, 0, 2])[:, : tf.shape(tags)[1]]
        return tf.gather(shares, tags, batch_dims=2)

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
        outside = tf.fill([tf.shape(tags)[0], 1], tf.size(kinds))
        label_before = tf.concat([outside, tags[:, :-1]], axis=1)
        begins = tf.gather_nd(
            self.chain.begins, tf.stack([label_before, tags], axis=-1)
        )
        begins = tf.transpose(begins)[..., None]  # [W, B, 1]
        (before, sums), (after, sums_after) = self._before, self._after
        # The word's own score, on the scale of `before`.
        own = self._times + fits - sums
        leaves = tf.concat([self._live[1:], self._live[:1] & False], axis=0)
        later = self._times + after
        later = tf.concat([later[1:], later[:1]], axis=0)

        def step(
            state: tuple[tf.Tensor, tf.Tensor], now: tuple[tf.Tensor, ...]
        ) -> tuple[tf.Tensor, tf.Tensor]:
            """The scores of sequences in which the word is in the entity, [B,
            C], and in which it is the last one there, [B]."""
            within, _ = state
            before, own, begins, *rest = now
            entered = _log_product(before, inner + opens[:-1, :-1])
            extended = _log_product(within, inner + extends)
            within = tf.where(begins, entered, extended) + own
            return within, ended(within, *rest)

        def ended(
            within: tf.Tensor,
            leaves: tf.Tensor,
            later: tf.Tensor,
            scale: tf.Tensor,
        ) -> tf.Tensor:
            left = _log_product(later, tf.transpose(inner + closes))
            rest = tf.where(leaves, left, end) - scale
            return tf.reduce_logsumexp(within + rest, axis=-1)

        first = start + opens[-1, :-1] + own[0]
        state = first, ended(first, leaves[0], later[0], sums_after[0])
        elements = (
            before[:-1],
            own[1:],
            begins[1:],
            leaves[1:],
            later[1:],
            sums_after[1:],
        )
        _, found = tf.scan(step, elements, state)
        found = tf.concat([state[1][None], found], axis=0)
        total = tf.reduce_logsumexp(before + after, axis=-1)
        return tf.exp(tf.transpose(found - total)[:, :width])

    @functools.cached_property
    def _times(self) -> tf.Tensor:
        return viterbi.by_word(self.logits)

    @functools.cached_property
    def _live(self) -> tf.Tensor:
        return viterbi.is_word(self.lengths, tf.shape(self._times)[0])

    @functools.cached_property
    def _before(self) -> tuple[tf.Tensor, tf.Tensor]:
        """The log-sums over what comes before each label, its own score
        included, [W, B, C], after a text those of its last word; and the sums,
        [W, B, 1], that were taken from them, so that they stay small."""
        start, inner, _ = viterbi.parts(self.chain)

        def step(
            state: tuple[tf.Tensor, tf.Tensor],
            now: tuple[tf.Tensor, tf.Tensor],
        ) -> tuple[tf.Tensor, tf.Tensor]:
            (scores, _), (own, live) = state, now
            found, total = _normalized(_log_product(scores, inner) + own)
            return tf.where(live, found, scores), tf.where(live, total, 0.0)

        first = _normalized(start + self._times[0])
        rest = tf.scan(step, (self._times[1:], self._live[1:]), first)
        return _joined(first, rest, at_start=True)

    @functools.cached_property
    def _after(self) -> tuple[tf.Tensor, tf.Tensor]:
        """The log-sums over what comes after each label, and the sums that were
        taken from them, in the same shapes."""
        _, inner, end = viterbi.parts(self.chain)
        back = tf.transpose(inner)

        def step(
            state: tuple[tf.Tensor, tf.Tensor],
            after: tuple[tf.Tensor, tf.Tensor],
        ) -> tuple[tf.Tensor, tf.Tensor]:
            (scores, _), (own, live) = state, after
            found = _log_product(scores + own, back)
            return _normalized(tf.where(live, found, end))

        last = _normalized(tf.zeros_like(self._times[0]) + end)
        rest = tf.scan(
            step, (self._times[1:], self._live[1:]), last, reverse=True
        )
        return _joined(last, rest, at_start=False)


def _normalized(scores: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Scores [B, C] without their log-sums, and these, [B, 1]."""
    total = tf.reduce_logsumexp(scores, axis=-1, keepdims=True)
    return scores - total, total


def _joined(
    one: tuple[tf.Tensor, tf.Tensor],
    rest: tuple[tf.Tensor, tf.Tensor],
    at_start: bool,
) -> tuple[tf.Tensor, tf.Tensor]:
    """The state of one word, with those of the others after or before it."""
    first, second = (
        tf.concat([a[None], b] if at_start else [b, a[None]], axis=0)
        for a, b in zip(one, rest, strict=True)
    )
    return first, second


def _log_product(scores: tf.Tensor, steps: tf.Tensor) -> tf.Tensor:
    """Log-sums of scores [B, C] and steps [C, C] over the first label."""
    return tf.reduce_logsumexp(scores[:, :, None] + steps, axis=1)


def _only(allowed: np.ndarray | tf.Tensor) -> tf.Tensor:
    """0 where something is allowed, and IMPOSSIBLE elsewhere."""
    return tf.where(allowed, 0.0, tag_chain.IMPOSSIBLE)

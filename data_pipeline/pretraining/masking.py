"""n-gram masks of whole words, drawn during training.

`mask_batch` draws them for a batch in TensorFlow; `mask_row` does the same for
one row in plain Python, as a reference to read and to test against. Both take
their random numbers from `randomness`, so their masks are identical.

Source: Lan et al. 2019, 4.1; google-research/albert,
create_pretraining_data.py, create_masked_lm_predictions. Unlike there, an
n-gram never straddles [SEP], a segment's first token always starts a word, and
random tokens are ordinary ones, never special ones; `google_quirks` restores
Google's rules.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining.records import randomness

# Random streams, one for each decision about a record.
_ORDER, _SPAN, _FATE, _TOKEN = 1, 2, 3, 4
_MASK_SHARE, _KEEP_SHARE = 0.8, 0.1


def mask_batch(
    spec: mask_spec.MaskSpec,
    tokens: tf.Tensor,
    padding_mask: tf.Tensor,
    keys: tf.Tensor,
) -> dict[str, tf.Tensor]:
    """Draws the masks of a batch.

    Args:
        spec: how to mask.
        tokens: int32 [B, S], unmasked rows.
        padding_mask: int32 [B, S].
        keys: uint64 [B], one for each (seed, epoch, record).
    Returns:
        A dict: token_ids int32 [B, S], masked; mask_positions int32 [B, M] in
        ascending order, mask_ids int32 [B, M] and mask_weights float32 [B, M],
        unused slots all 0.
    """
    length = tokens.shape[1]
    maskable = _maskable(spec, tokens, padding_mask)
    starts = _word_starts(spec, tokens, maskable)
    chosen = _choose_words(
        spec, starts, maskable, _budget(spec, padding_mask), keys
    )
    # The word of each token; before the first word, any number will do.
    word_of = tf.maximum(tf.cumsum(tf.cast(starts, tf.int32), axis=1) - 1, 0)
    is_masked = maskable & tf.gather(chosen, word_of, batch_dims=1)  # [B, S]

    slots = tf.sort(tf.where(is_masked, tf.range(length), length), axis=1)
    slots = slots[:, : spec.max_predictions]
    slots = tf.pad(
        slots,
        [[0, 0], [0, max(0, spec.max_predictions - length)]],
        constant_values=length,
    )
    used = slots < length
    slots = tf.where(used, slots, 0)
    return {
        "token_ids": tf.where(
            is_masked, _replacements(spec, tokens, keys), tokens
        ),
        "mask_positions": slots,
        "mask_ids": tf.where(used, tf.gather(tokens, slots, batch_dims=1), 0),
        "mask_weights": tf.cast(used, tf.float32),
    }


def _maskable(
    spec: mask_spec.MaskSpec, tokens: tf.Tensor, padding_mask: tf.Tensor
) -> tf.Tensor:
    """bool [B, S]: False at special tokens and padding."""
    maskable = padding_mask != 0
    for special_id in spec.special_ids:
        maskable &= tokens != special_id
    return maskable


def _word_starts(
    spec: mask_spec.MaskSpec, tokens: tf.Tensor, maskable: tf.Tensor
) -> tf.Tensor:
    """bool [B, S]: the maskable tokens that start a word."""
    if spec.google_quirks:  # the first of the row
        head = tf.cumsum(tf.cast(maskable, tf.int32), axis=1) == 1
    else:  # the first of each segment
        head = ~tf.pad(maskable[:, :-1], [[0, 0], [1, 0]])
    return maskable & (head | tf.gather(tf.constant(spec.starts_word), tokens))


def _budget(spec: mask_spec.MaskSpec, padding_mask: tf.Tensor) -> tf.Tensor:
    """int32 [B]: tokens to predict. tf.round rounds halves as Python does."""
    tokens = tf.cast(tf.reduce_sum(padding_mask, axis=1), tf.float64)
    share = tf.cast(tf.round(tokens * spec.masked_lm_prob), tf.int32)
    return tf.minimum(spec.max_predictions, tf.maximum(1, share))


def _choose_words(
    spec: mask_spec.MaskSpec,
    starts: tf.Tensor,
    maskable: tf.Tensor,
    budget: tf.Tensor,
    keys: tf.Tensor,
) -> tf.Tensor:
    """bool [B, W]: the words to mask, by going through them in random order.

    All rows of the batch take their next candidate in the same iteration.
    """
    length = starts.shape[1]
    words = tf.reduce_max(tf.reduce_sum(tf.cast(starts, tf.int32), axis=1))
    words = tf.maximum(words, 1)  # W
    # Where each word begins; S for words that a row does not have. N-grams may
    # reach past the last word, so there are always some of these.
    begin = tf.sort(tf.where(starts, tf.range(length), length), axis=1)
    begin = tf.pad(
        begin[:, :words], [[0, 0], [0, spec.ngram]], constant_values=length
    )
    # The number of maskable tokens before each word; the tokens of n words are
    # a difference of two.
    before = tf.cumsum(
        tf.pad(tf.cast(maskable, tf.int32), [[0, 0], [0, 1]]),
        axis=1,
        exclusive=True,
    )
    before = tf.gather(before, begin, batch_dims=1)  # [B, W + ngram]
    # The segment of each word, -1 if there is none. An n-gram lies in one.
    segment = tf.cumsum(tf.cast(~maskable, tf.int32), axis=1)
    if spec.google_quirks:
        segment = tf.zeros_like(segment)
    segment = tf.pad(segment, [[0, 0], [0, 1]], constant_values=-1)
    segment = tf.gather(segment, begin, batch_dims=1)

    order = randomness.uniform(keys, _ORDER, words)
    order = tf.argsort(
        tf.where(segment[:, :words] >= 0, order, 2.0), axis=1, stable=True
    )
    draw = randomness.uniform(keys, _SPAN, words)
    size = 1 + tf.reduce_sum(
        tf.cast(draw[:, :, None] >= spec.thresholds(), tf.int32), axis=2
    )
    word = tf.range(words)[None, :]
    number = tf.range(spec.ngram)[None, :]

    def more_to_do(
        step: tf.Tensor, chosen: tf.Tensor, left: tf.Tensor
    ) -> tf.Tensor:
        candidate = order[:, tf.minimum(step, words - 1)]
        is_word = tf.gather(segment, candidate, batch_dims=1) >= 0
        return (step < words) & tf.reduce_any((left > 0) & is_word)

    def take_next(
        step: tf.Tensor, chosen: tf.Tensor, left: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        at = order[:, step][:, None]  # [B, 1]
        # The cost of the n-grams of 1, 2, ... words, and which of them fit. If
        # one fits, so do all shorter ones, so the count is the length.
        cost = tf.gather(before, at + number + 1, batch_dims=1)
        cost -= tf.gather(before, at, batch_dims=1)  # [B, n]
        fits = (
            (number < tf.gather(size, at, batch_dims=1))
            & (cost <= left[:, None])
            & (
                tf.gather(segment, at + number, batch_dims=1)
                == tf.gather(segment, at, batch_dims=1)
            )
        )
        count = tf.reduce_sum(tf.cast(fits, tf.int32), axis=1, keepdims=True)
        new = (word >= at) & (word < at + count)
        free = ~tf.reduce_any(new & chosen, axis=1, keepdims=True)
        spent = tf.reduce_max(tf.where(fits & free, cost, 0), axis=1)
        return step + 1, chosen | (new & free), left - spent

    _, chosen, _ = tf.while_loop(
        more_to_do, take_next, (0, tf.zeros_like(order, tf.bool), budget)
    )
    return chosen


def _replacements(
    spec: mask_spec.MaskSpec, tokens: tf.Tensor, keys: tf.Tensor
) -> tf.Tensor:
    """int32 [B, S]: what each token becomes if it is masked."""
    length = tokens.shape[1]
    fate = randomness.uniform(keys, _FATE, length)
    pick = randomness.uniform(keys, _TOKEN, length)
    random_ids = spec.random_ids()
    index = tf.cast(pick * float(len(random_ids)), tf.int32)
    other = tf.gather(tf.constant(random_ids), index)
    other = tf.where(fate < _MASK_SHARE + _KEEP_SHARE, tokens, other)
    return tf.where(fate < _MASK_SHARE, spec.mask_id, other)


def mask_row(
    spec: mask_spec.MaskSpec, tokens: list[int], key: np.ndarray
) -> dict[str, list[Any]]:
    """The reference: masks one row without padding.

    Args:
        spec: how to mask.
        tokens: ids of the row, special ones included, no padding.
        key: uint64 of shape [1].
    Returns:
        A dict of lists: token_ids, mask_positions, mask_ids; spans, the number
        of words of each n-gram, in the order they were taken; span_positions,
        the positions of the tokens of each n-gram.
    """
    words: list[list[int]] = []
    segment_of: list[int] = []  # of each word
    segment, head = 0, True
    for position, token in enumerate(tokens):
        if token in spec.special_ids:
            if not spec.google_quirks:
                segment, head = segment + 1, True
        elif head or spec.starts_word[token]:
            words.append([position])
            segment_of.append(segment)
            head = False
        else:
            words[-1].append(position)

    order = randomness.uniform(key, _ORDER, len(words))[0]
    draw = randomness.uniform(key, _SPAN, len(words))[0]
    left = min(
        spec.max_predictions, max(1, round(len(tokens) * spec.masked_lm_prob))
    )
    chosen: set[int] = set()
    spans: list[int] = []
    span_positions: list[list[int]] = []
    for first in sorted(range(len(words)), key=lambda word: order[word]):
        if left == 0:
            break
        size = 1 + int(np.sum(draw[first] >= spec.thresholds()))
        ngram: list[int] = []
        cost = 0
        for word in range(first, min(first + size, len(words))):
            cost += len(words[word])
            if segment_of[word] != segment_of[first] or cost > left:
                break
            ngram.append(word)
        if ngram and not chosen & set(ngram):
            chosen |= set(ngram)
            spans.append(len(ngram))
            span_positions.append([p for word in ngram for p in words[word]])
            left -= sum(len(words[word]) for word in ngram)

    positions = sorted(p for word in chosen for p in words[word])
    fate = randomness.uniform(key, _FATE, len(tokens))[0]
    pick = randomness.uniform(key, _TOKEN, len(tokens))[0]
    random_ids = spec.random_ids()
    masked = list(tokens)
    for p in positions:
        if fate[p] < np.float32(_MASK_SHARE):
            masked[p] = spec.mask_id
        elif fate[p] >= np.float32(_MASK_SHARE + _KEEP_SHARE):
            masked[p] = int(
                random_ids[int(pick[p] * np.float32(len(random_ids)))]
            )
    return {
        "token_ids": masked,
        "mask_positions": positions,
        "mask_ids": [tokens[p] for p in positions],
        "spans": spans,
        "span_positions": span_positions,
    }

"""Rows of a vocabulary of 60 numbered pieces, and how to mask them."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining import masking
from data_pipeline.pretraining.records import randomness

CLS, SEP, MASK, V = 2, 3, 4, 60
# Pieces 5 to 39 start a word, 40 to 59 go on with one.
CLEAN = mask_spec.MaskSpec(
    starts_word=np.arange(V) < 40,
    ordinary_ids=np.arange(5, V, dtype=np.int32),
    special_ids=(CLS, SEP),
    mask_id=MASK,
    max_predictions=12,
    masked_lm_prob=0.15,
    ngram=3,
    favor_shorter_ngram=True,
    google_quirks=False,
)
GOOGLE = dataclasses.replace(CLEAN, google_quirks=True)
both_rules = pytest.mark.parametrize(
    "spec", [pytest.param(CLEAN, id="clean"), pytest.param(GOOGLE, id="google")]
)


def mask(spec, tokens, padding_mask, keys):
    """`masking.mask_batch` in a graph, as arrays."""
    masked = tf.function(masking.mask_batch, reduce_retracing=True)(
        spec, tf.constant(tokens), tf.constant(padding_mask), tf.constant(keys)
    )
    return {name: value.numpy() for name, value in masked.items()}


def mask_full_rows(spec, tokens, seed):
    """The masks of rows without padding, and bool [B, S]: what is masked."""
    keys = randomness.fold(seed, np.arange(len(tokens)))
    masked = mask(spec, tokens, np.ones_like(tokens), keys)
    is_masked = np.zeros(tokens.shape, bool)
    rows, slots = np.nonzero(masked["mask_weights"])
    is_masked[rows, masked["mask_positions"][rows, slots]] = True
    return masked, is_masked

"""A decoder that starts from a pretrained model: what it takes, what is new."""

import logging

import numpy as np
import pytest

import albert_tf
from albert_tf import models
from albert_tf.interop import loading
from albert_tf.seq2seq import warm_start
from tests.seq2seq.conftest import small_config

BLOCK = "transformer/group_{}_inner_0_{}"


@pytest.fixture(scope="module")
def pretrained():
    config = small_config(num_hidden_layers=4, num_hidden_groups=2)
    return albert_tf.AlbertPretrainer(config)


def start(model, pretrained):
    source = loading.open_model(pretrained, "a model")
    loading.initialize(model, source)
    return {k: w.numpy() for k, w in models.named_weights(model).items()}


def taken(values, pretrained, ours, theirs):
    origin = models.named_weights(pretrained)[theirs]
    return np.array_equal(values[ours], origin)


@pytest.mark.parametrize(
    "sharing, depth, origins",
    [
        ("block", 4, {0: 0}),
        ("none", 4, {0: 0, 1: 0, 2: 1, 3: 1}),
        ("none", 2, {0: 0, 1: 1}),
    ],
)
def test_blocks_and_output_are_taken(sharing, depth, origins, pretrained):
    model = albert_tf.AlbertSeq2Seq(
        pretrained.config, sharing, num_decoder_layers=depth
    )
    values = start(model, pretrained)
    for mine, origin in origins.items():
        for part in ("attention/query_kernel", "ffn/output_kernel"):
            assert taken(
                values,
                pretrained,
                "decoder/" + BLOCK.format(mine, part),
                "encoder/" + BLOCK.format(origin, part),
            )
    assert taken(
        values, pretrained, "decoder/output/kernel", "masked_lm/kernel"
    )
    table = "encoder/embeddings/word_embeddings"
    assert taken(values, pretrained, table, table)


def test_what_is_new_is_listed(pretrained, caplog):
    caplog.set_level(logging.INFO, "absl")
    model = albert_tf.AlbertSeq2Seq(pretrained.config)
    start(model, pretrained)
    said = caplog.text
    assert (
        "New, with initial values: decoder/group_0_inner_0_cross_attention, "
        "decoder/group_1_inner_0_cross_attention."
    ) in said
    assert "untrained" not in said
    own = albert_tf.AlbertSeq2Seq(pretrained.config, target_vocab_size=13)
    source = loading.open_model(pretrained, "a model")
    new = warm_start.start(own, "a model", source.shape, source.value)
    assert "decoder/word_embeddings" in new
    assert "decoder/output/output_bias" in new
    assert "decoder/output/kernel" not in new


def test_an_encoder_alone_gives_no_output(pretrained):
    model = albert_tf.AlbertSeq2Seq(pretrained.config, "block")
    encoder = albert_tf.AlbertEncoder(pretrained.config)
    source = loading.open_model(encoder, "an encoder")
    new = warm_start.start(model, "an encoder", source.shape, source.value)
    parts = {name.split("/")[1] for name in new}
    assert parts == {"output", "group_0_inner_0_cross_attention"}


def test_a_trained_decoder_is_taken_whole(pretrained):
    first = albert_tf.AlbertSeq2Seq(pretrained.config, "none")
    again = albert_tf.AlbertSeq2Seq(pretrained.config, "none")
    values = start(again, first)
    for name, weight in models.named_weights(first).items():
        np.testing.assert_array_equal(values[name], weight)

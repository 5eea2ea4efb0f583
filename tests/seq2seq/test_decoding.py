"""Decoding: the texts of a plain search without a cache, limits, endings."""

import dataclasses
import math

import keras
import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf.seq2seq import beam
from albert_tf.seq2seq import sampling
from tests.seq2seq import plain
from tests.seq2seq.conftest import small_config

CHOICES = {
    "greedy": {"beam_size": 1},
    "greedy with limits": {
        "beam_size": 1,
        "min_length": 5,
        "no_repeat_ngram_size": 1,
    },
    "beam": {"beam_size": 3, "n_best": 3, "length_penalty": 0.0},
    "penalty": {"beam_size": 3, "n_best": 2, "length_penalty": 1.5},
    "limits": {
        "beam_size": 4,
        "n_best": 3,
        "min_length": 6,
        "max_length": 8,
        "no_repeat_ngram_size": 2,
    },
}


@pytest.fixture(scope="module")
def call(model, sources):
    """Logits of one row for a text: a function of the row and the text."""

    @tf.function
    def logits(target_ids):
        return model({**sources, "target_ids": target_ids})["logits"]

    def of_text(row, text):
        ids = np.zeros([3, model.max_target_length + 1], np.int32)
        ids[:, : len(text)] = text
        return logits(tf.constant(ids)).numpy()[row]

    return of_text


@pytest.mark.parametrize("name", CHOICES)
def test_equal_to_a_plain_search_without_a_cache(name, model, sources, call):
    options = albert_tf.DecodingOptions(**CHOICES[name])
    full = dataclasses.replace(
        options, max_length=options.max_length or model.max_target_length
    )
    search = plain.greedy if options.beam_size == 1 else plain.beam
    # One is compiled by XLA, as on a TPU, which needs static shapes.
    write = tf.function(
        lambda rows: model.generate(rows, options),
        jit_compile=name == "limits",
    )
    written = {k: v.numpy() for k, v in write(sources).items()}
    for row in range(3):
        wanted = search(model, call, row, full)
        for rank, (score, text) in enumerate(wanted):
            length = written["lengths"][row, rank]
            sequence = written["sequences"][row, rank]
            assert sequence[:length].tolist() == text
            assert not sequence[length:].any()
            assert written["scores"][row, rank] == pytest.approx(
                score, abs=1e-4
            )


def test_a_text_does_not_depend_on_the_other_rows(model, sources):
    options = albert_tf.DecodingOptions(beam_size=3, n_best=2)
    write = tf.function(
        lambda rows: model.generate(rows, options), reduce_retracing=True
    )
    together = write(sources)
    for row in range(3):
        length = int(tf.reduce_sum(sources["padding_mask"][row]))
        alone = write(
            {name: x[row : row + 1, :length] for name, x in sources.items()}
        )
        np.testing.assert_array_equal(
            alone["sequences"][0], together["sequences"][row]
        )
        np.testing.assert_allclose(
            alone["scores"][0], together["scores"][row], rtol=1e-4
        )


def test_samples_by_seed_item_and_step(model, sources):
    def sample(rows, **changes):
        options = albert_tf.DecodingOptions(
            **{"top_p": 0.9, "n_best": 2, "seed": 5, **changes}
        )
        result = tf.function(lambda: model.generate(rows, options))()
        return {k: v.numpy() for k, v in result.items()}

    items = {**sources, "item": tf.constant([7, 8, 9])}
    first = sample(items)
    swapped = {name: x[::-1] for name, x in items.items()}
    np.testing.assert_array_equal(
        sample(swapped)["sequences"][::-1], first["sequences"]
    )
    other = sample(items, seed=6)["sequences"]
    assert (other != first["sequences"]).any()
    assert (first["sequences"][:, 0] != first["sequences"][:, 1]).any()
    ends = np.take_along_axis(
        first["sequences"], first["lengths"][..., None] - 1, 2
    )
    assert (ends == model.end_id).all()
    # The smallest set has one token, the likeliest.
    likeliest = sample(items, top_p=1e-6, n_best=1)["sequences"]
    greedy = albert_tf.DecodingOptions(beam_size=1)
    np.testing.assert_array_equal(
        likeliest, model.generate(sources, greedy)["sequences"]
    )


def test_draws_are_uniform_and_keep_the_likeliest():
    draws = sampling.uniforms(3, tf.range(2000), 2, tf.constant(4)).numpy()
    assert draws.min() >= 0 and draws.max() < 1
    counts, _ = np.histogram(draws, 10, (0, 1))
    assert abs(counts - 400).max() < 5 * math.sqrt(400)
    probs = np.array([0.1, 0.5, 0.15, 0.25])
    scores = tf.tile(
        tf.constant(np.log(probs), tf.float32)[None, None], [2000, 2, 1]
    )
    drawn = sampling.draw(scores, tf.constant(draws), 0.7, 1.0).numpy()
    shares = np.bincount(drawn.ravel(), minlength=4) / drawn.size
    np.testing.assert_allclose(shares, [0, 2 / 3, 0, 1 / 3], atol=0.03)
    cold = sampling.draw(scores, tf.constant(draws), 1.0, 0.01).numpy()
    assert (cold == 1).all()


def test_the_loop_ends_when_all_texts_have():
    keras.utils.set_random_seed(0)
    model = albert_tf.AlbertSeq2Seq(small_config(), max_target_length=12)
    bias = model.head.writer.output_bias
    bias.assign(tf.one_hot(model.end_id, 13) * 100.0)
    steps = []

    def counted(*args, **kwargs):
        steps.append(1)
        return embed(*args, **kwargs)

    embed, model.embed_targets = model.embed_targets, counted
    rows = {"token_ids": tf.constant([[2, 5, 3], [2, 6, 3]])}
    # Eagerly, each step of the loop calls the function.
    greedy = model.generate(rows, albert_tf.DecodingOptions(beam_size=1))
    assert len(steps) == 1
    assert greedy["sequences"].numpy()[:, 0, :3].tolist() == [[2, 3, 0]] * 2
    assert greedy["lengths"].numpy().tolist() == [[2], [2]]
    bias.assign(tf.one_hot(5, 13) * 100.0)
    longest = model.generate(rows, albert_tf.DecodingOptions(beam_size=1))
    assert longest["sequences"].numpy()[0, 0].tolist() == [2, *[5] * 10, 3]


def test_a_text_ends_where_nothing_else_may_follow():
    keras.utils.set_random_seed(0)
    # Padding, start, end, and one more token.
    config = small_config(vocab_size=4)
    model = albert_tf.AlbertSeq2Seq(config, max_target_length=8)
    rows = {"token_ids": tf.constant([[2, 1, 3]])}
    for width in (1, 2):
        options = albert_tf.DecodingOptions(
            beam_size=width, min_length=6, no_repeat_ngram_size=1
        )
        text = model.generate(rows, options)["sequences"].numpy()[0, 0]
        assert text.tolist()[:3] == [2, 1, 3]


@pytest.mark.parametrize("size", [4 * 300, 4 * 13, 4 * 307])
def test_the_likeliest_by_their_groups(size):
    scores = tf.constant(np.random.RandomState(0).randn(5, size), tf.float32)
    found, wanted = beam.likeliest(scores, size, 8), tf.math.top_k(scores, 8)
    np.testing.assert_array_equal(found[0], wanted.values)
    np.testing.assert_array_equal(found[1], wanted.indices)


@pytest.mark.parametrize(
    "fields, message",
    [
        ({"beam_size": 0}, "beam_size must be a whole number of at least 1"),
        ({"length_penalty": -1.0}, "length_penalty must be finite"),
        ({"n_best": 5}, "n_best=5 and beam_size=4"),
        ({"top_p": 0.0}, "top_p must be above 0"),
        ({"temperature": 0.0}, "temperature must be finite and above 0"),
        ({"max_length": 1}, "max_length must be a whole number of at least 2"),
        ({"max_length": 10}, "max_target_length. Received: 10 and 9"),
        ({"min_length": 10}, "min_length must be at most max_length"),
        ({"beam_size": 14}, "beam_size must be at most the size of the vocab"),
    ],
)
def test_options_that_do_not_fit(fields, message, model, sources):
    with pytest.raises(ValueError, match=message):
        model.generate(sources, albert_tf.DecodingOptions(**fields))


def test_packed_rows_are_refused(model, sources):
    packed = {**sources, "pack_ids": sources["padding_mask"]}
    with pytest.raises(ValueError, match="packed rows"):
        model.generate(packed)

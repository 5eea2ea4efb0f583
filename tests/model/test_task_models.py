"""Models with the heads of fine-tuning: outputs, dropout, serialization."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf import models

# All dimensions differ, so that a swapped axis fails.
B, S, C, H, K = 3, 7, 4, 8, 5
CONFIG = albert_tf.AlbertConfig(
    vocab_size=50,
    embedding_size=6,
    hidden_size=H,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=20,
    max_position_embeddings=11,
)
MODELS = {
    "classifier": (albert_tf.AlbertClassifier, {"num_classes": C}),
    "tagging": (albert_tf.AlbertTagger, {"num_classes": C}),
    "multiple_choice": (albert_tf.AlbertMultipleChoice, {}),
    "span": (albert_tf.AlbertSpan, {}),
    "conditional_span": (albert_tf.AlbertConditionalSpan, {}),
}
SHAPES = {
    "classifier": {"logits": (B, C)},
    "tagging": {"logits": (B, S, C)},
    "multiple_choice": {"logits": (B, C)},
    "span": {"start_logits": (B, S), "end_logits": (B, S)},
    "conditional_span": {
        "start_logits": (B, S),
        "start_positions": (B, K),
        "end_logits": (B, K, S),
        "unanswerable_logits": (B,),
    },
}


def batch(head):
    rng = np.random.default_rng(0)
    shape = (B, C, S) if head == "multiple_choice" else (B, S)
    mask = np.broadcast_to(np.arange(S) < np.array([[7], [5], [3]]), (B, S))
    inputs = {
        "token_ids": tf.constant(rng.integers(5, 50, shape), tf.int32),
        "segment_ids": tf.constant(rng.integers(0, 2, shape), tf.int32),
    }
    if head != "multiple_choice":
        inputs["padding_mask"] = tf.constant(mask, tf.int32)
        # [CLS] and the context; not the question.
        inputs["span_mask"] = tf.constant(mask & (np.arange(S) != 1), tf.int32)
    return inputs


def make(head, **arguments):
    model_class, others = MODELS[head]
    model = model_class(CONFIG, **{**others, **arguments})
    rng = np.random.default_rng(1)
    for weight in model.trainable_variables:
        weight.assign(rng.normal(0, 0.3, weight.shape))
    return model


@pytest.mark.parametrize("head", MODELS)
def test_shapes(head):
    out = make(head)(batch(head))
    assert {k: tuple(v.shape) for k, v in out.items()} == SHAPES[head]


@pytest.mark.parametrize("head", MODELS)
def test_keras_file_round_trip(head, tmp_path):
    model = make(head, dropout_prob=0.25)
    model.save(tmp_path / "model.keras")
    loaded = albert_tf.load(tmp_path / "model.keras")
    assert type(loaded) is type(model)
    assert loaded.get_config() == model.get_config()
    for name, value in loaded(batch(head)).items():
        np.testing.assert_array_equal(value, model(batch(head))[name])


@pytest.mark.parametrize("head", [h for h in MODELS if h != "span"])
def test_the_heads_dropout_is_a_function_of_its_seed(head):
    # The config has no dropout, so all of it is the head's.
    model = make(head, dropout_prob=0.5)
    output = list(SHAPES[head])[-1]

    def call(training=True, **seed):
        return model(batch(head), training=training, **seed)[output].numpy()

    one, two = (call(dropout_seed=tf.constant([1, n])) for n in (2, 3))
    np.testing.assert_array_equal(one, call(dropout_seed=tf.constant([1, 2])))
    assert np.abs(one - two).max() > 1e-3
    assert np.abs(call() - call()).max() > 1e-3
    np.testing.assert_array_equal(call(training=False), call(training=False))


def test_the_original_drops_nothing_before_spans():
    model = make("span")
    for value in model(batch("span"), training=True).values():
        assert value.shape == (B, S)
    np.testing.assert_array_equal(
        model(batch("span"), training=True)["end_logits"],
        model(batch("span"))["end_logits"],
    )


def test_choices_are_scored_one_by_one():
    model, inputs = make("multiple_choice"), batch("multiple_choice")
    together = model(inputs)["logits"]
    for choice in range(C):
        alone = {k: v[:, choice : choice + 1] for k, v in inputs.items()}
        np.testing.assert_allclose(
            model(alone)["logits"][:, 0], together[:, choice], atol=1e-6
        )


def dense(x, weights, part):
    bias = weights.get(f"{part}_bias", 0.0)
    return x @ weights[f"{part}_kernel"] + bias


def reference(x, allowed, weights, starts=None):
    """The three parts in NumPy, as squad_utils.py describes them.

    Args:
        x: float64 [S, H], one text.
        allowed: [S].
        starts: positions to find ends for; None: the 5 best.
    """
    start = np.where(allowed, dense(x, weights, "start")[:, 0], -1e30)
    if starts is None:
        starts = np.argsort(-start, kind="stable")[:K]
    ends = []
    for position in starts:
        pair = np.concatenate([x, np.tile(x[position], (S, 1))], axis=1)
        inner = np.tanh(dense(pair, weights, "end_inner"))
        inner -= inner.mean(-1, keepdims=True)
        inner /= np.sqrt(inner.var(-1, keepdims=True) + 1e-12)
        inner *= weights["end_norm/gamma"]
        inner += weights["end_norm/beta"]
        ends.append(
            np.where(allowed, dense(inner, weights, "end")[:, 0], -1e30)
        )
    probs = np.exp(start - start.max())
    probs /= probs.sum()
    pair = np.concatenate([probs @ x, x[0]])
    answer = dense(
        np.tanh(dense(pair, weights, "answer_inner")), weights, "answer"
    )
    return start, starts, np.array(ends), answer[0]


@pytest.mark.parametrize("true_starts", [None, [[0], [3], [2]]])
def test_conditional_spans_against_numpy(true_starts):
    model, inputs = make("conditional_span"), batch("conditional_span")
    if true_starts is not None:
        inputs["start_positions"] = tf.constant(true_starts)
    sequences = model.encoder(inputs)["sequence_output"].numpy()
    weights = {
        name.removeprefix("conditional_span/"): weight.numpy().astype(float)
        for name, weight in models.named_weights(model).items()
    }
    out = model(inputs)
    for row in range(B):
        allowed = inputs["span_mask"].numpy()[row].astype(bool)
        start, starts, ends, answer = reference(
            sequences[row].astype(float),
            allowed,
            weights,
            None if true_starts is None else true_starts[row],
        )
        np.testing.assert_allclose(out["start_logits"][row], start, rtol=1e-5)
        # Beyond the allowed positions all are equally impossible.
        possible = slice(None if true_starts else allowed.sum())
        np.testing.assert_array_equal(
            out["start_positions"][row][possible], starts[possible]
        )
        np.testing.assert_allclose(
            out["end_logits"][row][possible],
            ends[possible],
            rtol=1e-4,
            atol=1e-5,
        )
        np.testing.assert_allclose(
            out["unanswerable_logits"][row], answer, atol=1e-5
        )


def test_a_text_shorter_than_the_beam():
    inputs = {k: v[:, :3] for k, v in batch("conditional_span").items()}
    assert make("conditional_span")(inputs)["end_logits"].shape == (B, 3, 3)


def test_heads_start_small_whatever_the_config_says():
    keras.utils.set_random_seed(0)
    config = albert_tf.AlbertConfig(
        **{**CONFIG.to_dict(), "hidden_size": 512, "initializer_range": 0.3}
    )
    model = albert_tf.AlbertClassifier(config, num_classes=9)
    assert np.std(model.head.kernel) == pytest.approx(0.02, rel=0.15)


@pytest.mark.parametrize(
    "loss",
    [
        "sparse_categorical_crossentropy",
        {"logits": "binary_crossentropy"},
        keras.losses.CategoricalCrossentropy(),
        [keras.losses.sparse_categorical_crossentropy],
        keras.losses.BinaryFocalCrossentropy(),
    ],
)
def test_losses_that_take_probabilities_are_refused(loss):
    model = albert_tf.AlbertClassifier(CONFIG, C)
    with pytest.raises(ValueError, match="from_logits=True"):
        model.compile("adam", loss)
    with pytest.raises(ValueError, match="from_logits=True"):
        model.compile(optimizer="adam", loss=loss)


@pytest.mark.parametrize(
    "loss",
    [
        None,
        "mse",
        {"logits": keras.losses.SparseCategoricalCrossentropy(True)},
        lambda label, logits: tf.reduce_sum(logits),
    ],
)
def test_other_losses_are_taken(loss):
    model = albert_tf.AlbertClassifier(CONFIG, C)
    model.compile("adam", loss, jit_compile=False)

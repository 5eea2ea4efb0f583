"""The model: sizes, sharing, dropout, precision, serialization, fit."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf import models
from albert_tf.finetuning import trained_weights
from albert_tf.planning import flops

BLOCKS = "encoder/transformer/"

# All dimensions differ, so that a swapped axis fails.
B, S, M, V, E, H = 3, 7, 2, 50, 6, 8


def tiny_config(**overrides):
    return albert_tf.AlbertConfig(
        **{
            "vocab_size": V,
            "embedding_size": E,
            "hidden_size": H,
            "num_hidden_layers": 4,
            "num_attention_heads": 2,
            "intermediate_size": 20,
            "max_position_embeddings": 11,
            **overrides,
        }
    )


def tiny_batch(seed=0):
    rng = np.random.default_rng(seed)
    lengths = np.array([7, 5, 3])
    mask = np.arange(S)[None] < lengths[:, None]
    return {
        "token_ids": tf.constant(rng.integers(5, V, (B, S)) * mask, tf.int32),
        "segment_ids": tf.constant(rng.integers(0, 2, (B, S)), tf.int32),
        "padding_mask": tf.constant(mask, tf.int32),
        "mask_positions": tf.constant(rng.integers(0, 3, (B, M)), tf.int32),
    }


def test_shapes_and_dtypes():
    model = albert_tf.AlbertPretrainer(tiny_config())
    out = model(tiny_batch())
    assert {name: value.shape for name, value in out.items()} == {
        "sequence_output": (B, S, H),
        "pooled_output": (B, H),
        "mlm_logits": (B, M, V),
        "sentence_order_logits": (B, 2),
    }
    encoded = model.encoder(tiny_batch())
    assert encoded["embedding_output"].shape == (B, S, E)
    assert len(encoded["layer_outputs"]) == 4


def parameters(config):
    """Counts without making the arrays: xxlarge would take a gigabyte."""
    with keras.StatelessScope():
        encoder = albert_tf.AlbertEncoder(config)
    return encoder.count_params()


@pytest.mark.parametrize(
    "size, count",
    [
        ("base", 11_683_584),
        ("large", 17_683_968),
        ("xlarge", 58_724_864),
        pytest.param("xxlarge", 222_595_584, marks=pytest.mark.slow),
    ],
)
def test_backbone_parameters_of_the_published_sizes(size, count):
    assert parameters(albert_tf.AlbertConfig.named(size)) == count


@pytest.mark.parametrize(
    "embedding_size, share, millions",
    [  # The paper's tables 3 and 4, base.
        (64, "all", 10),
        (128, "all", 12),
        (256, "all", 16),
        (768, "all", 31),
        (64, "none", 87),
        (128, "none", 89),
        (256, "none", 93),
        (768, "none", 108),
        (128, "attention", 64),
        (128, "ffn", 38),
        (768, "attention", 83),
        (768, "ffn", 57),
    ],
)
def test_parameters_of_the_papers_ablations(embedding_size, share, millions):
    count = parameters(
        albert_tf.AlbertConfig.named(
            "base", embedding_size=embedding_size, share_parameters=share
        )
    )
    assert round(count / 1e6) == pytest.approx(millions, abs=1)


def test_depth_costs_no_weights():
    counts = {
        albert_tf.AlbertPretrainer(
            tiny_config(num_hidden_layers=depth)
        ).count_params()
        for depth in (1, 2, 9)
    }
    assert len(counts) == 1


@pytest.mark.parametrize(
    "share, attention_sets, ffn_sets",
    [("all", 2, 2), ("attention", 2, 4), ("ffn", 4, 2), ("none", 4, 4)],
)
def test_weight_sets(share, attention_sets, ffn_sets):
    config = tiny_config(
        share_parameters=share, num_hidden_groups=2, inner_group_num=3
    )
    encoder = albert_tf.AlbertPretrainer(config).encoder
    assert len(encoder.transformer.attention_sets) == 3 * attention_sets
    assert len(encoder.transformer.ffn_sets) == 3 * ffn_sets
    assert len(encoder(tiny_batch())["layer_outputs"]) == 12


def test_more_groups_than_layers():
    """As the original runs them: groups that no layer uses are not made."""
    config = tiny_config(num_hidden_layers=4, num_hidden_groups=12)
    model = albert_tf.AlbertPretrainer(config)
    names = set(models.named_weights(model))
    found = {n.split("_")[1] for n in names if n.startswith(f"{BLOCKS}group_")}
    assert found == {"0", "3", "6", "9"}
    assert flops.parameters(config) == model.count_params()
    rates = trained_weights.rate_multipliers(names, config, 0.5)
    for layer, group in enumerate((0, 3, 6, 9)):
        name = f"{BLOCKS}group_{group}_inner_0_ffn/output_bias"
        assert rates[name] == 0.5 ** (4 - layer)
    # The same function as one group for each layer.
    other = albert_tf.AlbertPretrainer(
        tiny_config(num_hidden_layers=4, num_hidden_groups=4)
    )
    weights = models.named_weights(model)
    for name, weight in models.named_weights(other).items():
        for number in (3, 2, 1):
            name = name.replace(f"group_{number}_", f"group_{3 * number}_")
        weight.assign(weights[name])
    np.testing.assert_array_equal(
        model.encoder(tiny_batch())["sequence_output"],
        other.encoder(tiny_batch())["sequence_output"],
    )


def test_layers_use_the_weights_of_their_group():
    config = tiny_config(num_hidden_layers=6, num_hidden_groups=3)
    model = albert_tf.AlbertPretrainer(config)
    before = model.encoder(tiny_batch())["layer_outputs"]
    weights = models.named_weights(model)
    bias = weights["encoder/transformer/group_1_inner_0_ffn/output_bias"]
    bias.assign_add(tf.range(float(H)))
    after = model.encoder(tiny_batch())["layer_outputs"]
    changed = [
        not np.allclose(old, new)
        for old, new in zip(before, after, strict=True)
    ]
    assert changed == [False, False, True, True, True, True]


def test_no_projection_where_it_would_be_square():
    model = albert_tf.AlbertPretrainer(tiny_config(embedding_size=H))
    names = models.named_weights(model)
    assert not [name for name in names if "embedding_projection" in name]
    assert model(tiny_batch())["mlm_logits"].shape == (B, M, V)


def test_padding_changes_nothing_at_the_tokens():
    model = albert_tf.AlbertPretrainer(tiny_config())
    batch = tiny_batch()
    other = {**batch}
    junk = 9 * (1 - batch["padding_mask"])
    other["token_ids"] = batch["token_ids"] + junk
    mask = tf.cast(batch["padding_mask"], tf.float32)[:, :, None]
    one, two = (model(b)["sequence_output"] * mask for b in (batch, other))
    np.testing.assert_allclose(one, two, atol=1e-6)


def test_dropout_is_a_function_of_its_seed():
    config = tiny_config(
        hidden_dropout_prob=0.3, attention_probs_dropout_prob=0.3
    )
    model = albert_tf.AlbertPretrainer(config)

    def call(seed, training=True):
        return model(
            tiny_batch(), training=training, dropout_seed=tf.constant(seed)
        )["mlm_logits"].numpy()

    np.testing.assert_array_equal(call([1, 2]), call([1, 2]))
    assert np.abs(call([1, 2]) - call([1, 3])).max() > 1e-3
    np.testing.assert_array_equal(
        call([1, 2], training=False), call([5, 6], training=False)
    )
    # Without a seed of the caller's, two calls differ.
    one, two = (
        model(tiny_batch(), training=True)["mlm_logits"] for _ in range(2)
    )
    assert np.abs(one - two).max() > 1e-3


def test_no_two_dropouts_share_a_mask():
    from albert_tf.layers import common

    ones = tf.ones([400])
    seed = tf.constant([3, 4])
    masks = {
        tuple(common.dropout(ones, 0.5, seed, site).numpy() > 0)
        for site in range(20)
    }
    assert len(masks) == 20


def test_bfloat16_keeps_logits_and_weights_in_float32():
    policy = keras.mixed_precision.dtype_policy()
    config = tiny_config()
    exact = albert_tf.AlbertPretrainer(config)
    try:
        keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
        model = albert_tf.AlbertPretrainer(config)
    finally:
        keras.mixed_precision.set_dtype_policy(policy)
    for ours, theirs in zip(
        model.trainable_variables, exact.trainable_variables, strict=True
    ):
        assert ours.dtype == "float32"
        ours.assign(theirs)
    out = model(tiny_batch())
    assert out["sequence_output"].dtype == tf.bfloat16
    assert out["mlm_logits"].dtype == tf.float32
    # bfloat16 has 8 bits of mantissa: 0.4% a rounding.
    np.testing.assert_allclose(
        out["mlm_logits"], exact(tiny_batch())["mlm_logits"], atol=0.02
    )


@pytest.mark.parametrize("model_class", ["AlbertEncoder", "AlbertPretrainer"])
def test_keras_file_round_trip(model_class, tmp_path):
    model = getattr(albert_tf, model_class)(
        tiny_config(inner_group_num=2, num_hidden_groups=2)
    )
    before = model(tiny_batch())
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.config == model.config
    after = loaded(tiny_batch())
    np.testing.assert_array_equal(
        before["sequence_output"], after["sequence_output"]
    )
    rebuilt = type(model).from_config(model.get_config())
    assert rebuilt.config == model.config


def test_a_sequence_longer_than_the_positions_is_an_error():
    model = albert_tf.AlbertEncoder(tiny_config(max_position_embeddings=6))
    with pytest.raises(ValueError, match="7 tokens and 6 positions"):
        model(tiny_batch())


def test_compile_and_fit():
    keras.utils.set_random_seed(0)
    model = albert_tf.AlbertPretrainer(tiny_config(hidden_dropout_prob=0.1))
    batch = tiny_batch()
    targets = {
        "mlm_logits": tf.constant([[7, 8], [9, 10], [11, 12]]),
        "sentence_order_logits": tf.constant([0, 1, 0]),
    }
    model.compile(
        optimizer=albert_tf.create_optimizer(
            "lamb", learning_rate=0.02, num_train_steps=100
        ),
        loss={
            name: keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            for name in targets
        },
    )
    data = tf.data.Dataset.from_tensors((batch, targets)).repeat()
    history = model.fit(data, epochs=2, steps_per_epoch=20, verbose=0)
    first, last = history.history["loss"]
    # log 50 + log 2 is 4.6; three examples are soon learnt by heart.
    assert first < 5 and last < 0.8 * first

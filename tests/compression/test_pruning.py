"""Smaller blocks compute what larger ones do with their gates closed."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf import config as config_lib
from albert_tf import models
from albert_tf import objectives
from albert_tf.compression import pruning
from albert_tf.compression import pruning_figure as figure
from albert_tf.interop import google
from albert_tf.interop import huggingface
from albert_tf.interop import tensorflow_checkpoint
from albert_tf.planning import flops
from albert_tf.planning import memory

B, S, L = 9, 7, 4
H, N, WIDTH = 12, 3, 20
SIZES = {
    "vocab_size": 50,
    "embedding_size": 6,
    "hidden_size": H,
    "num_hidden_layers": L,
    "num_attention_heads": N,
    "intermediate_size": WIDTH,
    "max_position_embeddings": 30,
}


def make(config, weights=None):
    keras.utils.set_random_seed(0)
    model = albert_tf.AlbertClassifier(config, num_classes=3)
    rng = np.random.default_rng(1)
    for name, weight in models.named_weights(model).items():
        value = weight + rng.normal(0, 0.3, weight.shape)
        weight.assign(value if weights is None else weights[name])
    return model


def arrays(model):
    return {k: v.numpy() for k, v in models.named_weights(model).items()}


def batch(seed=0):
    rng = np.random.default_rng(seed)
    mask = np.arange(S) < rng.integers(3, S + 1, (B, 1))
    return {
        "token_ids": tf.constant(rng.integers(5, 50, (B, S)), tf.int32),
        "padding_mask": tf.constant(mask, tf.int32),
        "label": tf.constant(rng.integers(0, 3, B), tf.int32),
    }


def measured(model):
    return pruning.importance(
        model, objectives.CLASSIFICATION, [batch(1), batch(2)]
    )


@pytest.mark.parametrize(
    "changes",
    [
        {},
        pytest.param(
            {"num_hidden_groups": 2, "inner_group_num": 2},
            marks=pytest.mark.slow,
        ),
    ],
    ids=["one set", "four sets"],
)
def test_pruned_is_what_closed_gates_are(changes):
    model = make(albert_tf.AlbertConfig(**SIZES, **changes))
    found, weights = measured(model), arrays(model)
    assert len(found) == (8 if changes else 2)

    everything = pruning.most_important(found, N, WIDTH)
    same, config = pruning.prune(weights, model.config, everything)
    assert config == model.config
    np.testing.assert_array_equal(
        make(config, same)(batch())["logits"], model(batch())["logits"]
    )

    kept = pruning.most_important(found, 1, 5)
    smaller, config = pruning.prune(weights, model.config, kept)
    assert (config.num_attention_heads, config.attention_head_size) == (1, 4)
    closed = dict(weights)
    for name, numbers in kept.items():
        units = N if name.endswith("attention") else WIDTH
        gates = np.isin(np.arange(units), numbers)
        gates = np.repeat(gates, 4 if name.endswith("attention") else 1)
        name += "/output_kernel"
        closed[name] = weights[name] * gates[:, None]
    np.testing.assert_allclose(
        make(config, smaller)(batch())["logits"],
        make(model.config, closed)(batch())["logits"],
        atol=1e-6,
    )
    # What was pruned can be pruned again.
    found = measured(make(config, smaller))
    again = pruning.prune(smaller, config, pruning.most_important(found, 1, 2))[
        1
    ]
    assert again == pruning.with_sizes(config, 1, 2)


def test_importance_is_the_gradient_of_a_gate_and_finds_dead_units():
    weights = arrays(make(albert_tf.AlbertConfig(**SIZES)))
    block = "encoder/transformer/group_0_inner_0_"
    # Head 1 and units 3 and 11 say nothing to what follows.
    weights[f"{block}attention/output_kernel"][4:8] = 0
    weights[f"{block}ffn/output_kernel"][[3, 11]] = 0
    model = make(albert_tf.AlbertConfig(**SIZES), weights)
    found = measured(model)
    heads, units = found[f"{block}attention"], found[f"{block}ffn"]
    assert np.flatnonzero(heads == 0).tolist() == [1]
    assert np.flatnonzero(units == 0).tolist() == [3, 11]
    kept = pruning.most_important(found, 2, 18)
    smaller, config = pruning.prune(weights, model.config, kept)
    np.testing.assert_allclose(
        make(config, smaller)(batch())["logits"],
        model(batch())["logits"],
        atol=1e-6,
    )

    def loss(scale, rows, half):
        changed = dict(weights)
        name = f"{block}{half}/output_kernel"
        changed[name] = weights[name].copy()
        changed[name][rows] *= scale
        other = make(model.config, changed)
        return [
            float(
                tf.reduce_mean(
                    tf.nn.sparse_softmax_cross_entropy_with_logits(
                        data["label"], other(data)["logits"]
                    )
                )
            )
            for data in (batch(1), batch(2))
        ]

    for value, rows, half in (
        (heads[2], slice(8, 12), "attention"),
        (units[7], 7, "ffn"),
    ):
        pair = np.subtract(loss(1.01, rows, half), loss(0.99, rows, half))
        assert value == pytest.approx(np.abs(pair / 0.02).mean(), rel=0.02)


def test_folder_parameters_and_operations(tmp_path):
    model = make(albert_tf.AlbertConfig(**SIZES))
    kept = pruning.most_important(measured(model), 1, 5)
    smaller, config = pruning.prune(arrays(model), model.config, kept)
    tensorflow_checkpoint.write(config, smaller, str(tmp_path))
    loaded = albert_tf.load(tmp_path)
    assert loaded.config == config
    np.testing.assert_array_equal(
        loaded(batch())["logits"], make(config, smaller)(batch())["logits"]
    )
    # 2 heads of 4 numbers and 15 units less: columns and biases, and rows.
    fewer = 3 * 8 * (H + 1) + 8 * H + 15 * (H + 1) + 15 * H
    assert model.count_params() - loaded.count_params() == fewer
    assert flops.parameters(model.config) - flops.parameters(config) == fewer
    # Of S tokens and L layers: 4 H 8 and 2 H 15 products, and 2 S 8 of
    # attention; 2 operations each.
    fewer = L * S * 2 * (4 * H * 8 + 2 * H * 15 + 2 * S * 8)
    whole, less = (
        flops.inference(each, S, L) for each in (model.config, config)
    )
    assert whole - less == fewer
    step = {
        "rows": 8,
        "max_seq_length": 128,
        "max_predictions_per_seq": 1,
        "mode": memory.ExecutionMode(),
    }
    whole, less = (
        memory.of_step(each, **step) for each in (model.config, config)
    )
    # Of a token: query, key, value and context of 8 numbers; GELU's 5 of 15;
    # the probabilities of 2 heads. Once: the joined kernel.
    fewer = 4 * (8 * 128 * (4 * 8 + 5 * 15 + 2 * 128) + 3 * H * 8)
    assert whole.activations - less.activations == L * fewer


def test_config_of_pruned_heads(tmp_path):
    whole = albert_tf.AlbertConfig(**SIZES)
    assert "attention_head_size" not in whole.to_dict()
    pruned = pruning.with_sizes(whole, 2, WIDTH)
    pruned.to_json(tmp_path / "albert_config.json")
    back = config_lib.AlbertConfig.from_json(tmp_path / "albert_config.json")
    assert back == pruned and (back.head_size, back.attention_width) == (4, 8)
    for module in (google, huggingface):
        module.check_config(pruning.with_sizes(whole, N, 5))
        with pytest.raises(ValueError, match="Received: attention_head_size"):
            module.check_config(pruned)
    for wrong in (0, 1.5, "4"):
        with pytest.raises(ValueError, match="Received"):
            albert_tf.AlbertConfig(**SIZES, attention_head_size=wrong)
    with pytest.raises(ValueError, match="Received: no batches"):
        pruning.importance(make(whole), objectives.CLASSIFICATION, [])


def test_sizes_and_figure(tmp_path):
    config = albert_tf.AlbertConfig(**SIZES)
    for heads, width, found in (
        (None, ["0.5"], [(3, 10)]),
        (["3", "1"], ["1.0", ".25"], [(3, 20), (1, 5)]),
        (["2"], ["20", "9"], [(2, 20), (2, 9)]),
        (["0.34", "1."], None, [(1, 20), (3, 20)]),
    ):
        assert pruning.sizes(config, heads, width) == found
    for wrong in ("0", "4", "1.1", "half", "0.01", "-2", "nan", "1e0", ""):
        with pytest.raises(ValueError, match="--keep_heads .*Received"):
            pruning.sizes(config, [wrong], None)
    with pytest.raises(ValueError, match="Received: 2 and 3 sizes"):
        pruning.sizes(config, ["1", "2"], ["1", "2", "3"])
    point = {"heads": 2, "width": 5, "parameters": 1e6, "flops": 2e6}
    for tuned in (None, 0.7):
        points = [{**point, "score": 0.5, "tuned_score": tuned}] * 2
        with open(tmp_path / "curve.png", "wb") as file:
            figure.draw(points, "accuracy", file)
        assert (tmp_path / "curve.png").read_bytes()[1:4] == b"PNG"

"""What fine-tuning minimizes and moves: objectives, weights, LoRA, recipes."""

import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf import kinds
from albert_tf.finetuning import failed_runs
from albert_tf.finetuning import lora as lora_lib
from albert_tf.finetuning import multitask
from albert_tf.finetuning import trained_weights
from albert_tf.kinds import span

B, S, C = 4, 10, 3


@pytest.fixture
def network(sizes):
    def make(**kinds):
        heads = {
            task: multitask.Head(kind, C if kind != "regression" else 1)
            for task, kind in kinds.items()
        }
        found = multitask.MultitaskModel(
            tf.distribute.get_strategy(),
            albert_tf.AlbertConfig(**sizes),
            heads,
            seed=3,
        )
        rng = np.random.default_rng(0)
        for weight in found.weights.values():
            weight.assign(weight + rng.normal(0, 0.1, weight.shape))
        return found

    return make


def inputs(rng, **others):
    return {
        "token_ids": rng.integers(5, 70, (B, S)).astype(np.int32),
        "segment_ids": rng.integers(0, 2, (B, S)).astype(np.int32),
        "padding_mask": np.ones((B, S), np.int32),
        "item": np.array([0, 1, 2, -1], np.int32),
        **others,
    }


def log_softmax(x):
    x = x - x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def sums(network, kind, batch):
    batch = {name: tf.constant(value) for name, value in batch.items()}
    (found,) = kinds.KINDS[kind].objective.sums(
        network.models["task"], batch, None
    )
    weight = kinds.KINDS[kind].objective.weights(batch)
    assert float(weight[0]) == float(found["weight"])
    outputs = network.models["task"](batch)
    return {k: float(v) for k, v in found.items()}, {
        k: v.numpy() for k, v in outputs.items()
    }


def test_regression(network):
    rng = np.random.default_rng(1)
    labels = np.array([0.1, 2.0, -1.0, -1.0], np.float32)
    found, outputs = sums(
        network(task="regression"), "regression", inputs(rng, label=labels)
    )
    error = (outputs["logits"][:, 0] - labels)[:3]  # the last is no item
    assert found["loss"] == pytest.approx((error**2).sum(), rel=1e-5)
    assert found["weight"] == 3
    assert found["correct"] == (abs(error) < 0.5).sum()


def test_multilabel(network):
    rng = np.random.default_rng(1)
    labels = np.array([[1, 0, 1], [0, 0, 0], [1, 1, 1], [-1] * 3], np.float32)
    found, outputs = sums(
        network(task="multilabel"), "multilabel", inputs(rng, label=labels)
    )
    logits = outputs["logits"][:3].astype(np.float64)
    p = 1 / (1 + np.exp(-logits))
    y = labels[:3]
    nll = -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean(-1)
    assert found["loss"] == pytest.approx(nll.sum(), rel=1e-5)
    assert found["correct"] == ((logits > 0) == (y > 0)).all(-1).sum()


def test_spans(network):
    rng = np.random.default_rng(1)
    start, end = np.array([1, 3, 0, -1]), np.array([2, 3, 0, -1])
    spans = {
        "start_positions": np.maximum(start, 0).astype(np.int32),
        "end_positions": np.maximum(end, 0).astype(np.int32),
    }
    found, outputs = sums(network(task="span"), "span", inputs(rng, **spans))
    rows = np.arange(3)
    loss = log_softmax(outputs["start_logits"])[rows, start[:3]]
    loss = loss + log_softmax(outputs["end_logits"])[rows, end[:3]]
    assert found["loss"] == pytest.approx(-loss.sum() / 2, rel=1e-5)


def test_conditional_spans(network):
    rng = np.random.default_rng(1)
    start, end = np.array([1, 3, 0, 0]), np.array([2, 3, 0, 0])
    batch = inputs(
        rng,
        start_positions=start.astype(np.int32),
        end_positions=end.astype(np.int32),
        unanswerable=np.array([0, 0, 1, -1], np.int32),
        span_mask=np.array([[1, 1, 1, 1, 0, 0, 1, 1, 1, 0]] * B, np.int32),
    )
    net = network(task="conditional_span")
    (found,) = kinds.KINDS["conditional_span"].objective.sums(
        net.models["task"],
        {name: tf.constant(value) for name, value in batch.items()},
        None,
    )
    outputs = net.models["task"](
        {**batch, "start_positions": start[:, None].astype(np.int32)}
    )
    rows = np.arange(3)
    loss = log_softmax(outputs["start_logits"].numpy())[rows, start[:3]]
    loss = (
        loss + log_softmax(outputs["end_logits"].numpy()[:, 0])[rows, end[:3]]
    )
    p = 1 / (1 + np.exp(-outputs["unanswerable_logits"].numpy()[:3]))
    answer = np.log(np.where([0, 0, 1], p, 1 - p))
    expected = -0.5 * (loss.sum() + answer.sum())
    assert float(found["loss"]) == pytest.approx(expected, rel=1e-5)
    # What the likeliest answers are of.
    top = span.likeliest(
        net.models["task"](
            {k: v for k, v in batch.items() if "positions" not in k}
        )
    )
    all_starts = log_softmax(outputs["start_logits"].numpy())
    np.testing.assert_allclose(
        top["start_log_probs"][:, 0], all_starts.max(-1), rtol=1e-5
    )
    assert top["end_log_probs"].shape == (B, 5, 5)
    assert (np.diff(top["end_log_probs"]) <= 0).all()


def test_names_and_freezing(network):
    one, two = network(task="tagging"), network(a="tagging", b="classification")
    assert "tagging/kernel" in one.weights
    assert {"tasks/a/tagging/kernel", "tasks/b/classifier/kernel"} <= set(
        two.weights
    )
    names = trained_weights.trained(one.weights, ["embeddings", "block"])
    assert sorted(names) == [
        "encoder/pooler/bias",
        "encoder/pooler/kernel",
        "tagging/bias",
        "tagging/kernel",
    ]
    with pytest.raises(ValueError, match="group_7"):
        trained_weights.trained(one.weights, ["group_7"])


@pytest.mark.parametrize(
    "share, expected",
    [
        ("all", (0.375, 0.375)),
        ("attention", (0.375, 0.25)),
        ("none", (0.25,) * 2),
    ],
)
def test_layer_decay(sizes, share, expected):
    config = albert_tf.AlbertConfig(**{**sizes, "share_parameters": share})
    first = "encoder/transformer/group_0_inner_0_{}/"
    names = [
        first.format("attention") + "query_kernel",
        first.format("ffn") + "inner_kernel",
        "encoder/embeddings/word_embeddings",
        "encoder/embedding_projection/kernel",
        "encoder/pooler/kernel",
        "classifier/kernel",
    ]
    found = trained_weights.rate_multipliers(names, config, 0.5)
    assert list(found.values()) == [*expected, 0.125, 0.125, 1.0, 1.0]


def test_rate_multipliers_scale_updates(network):
    net = network(task="classification")
    weights = net.weights
    before = {name: weight.numpy() for name, weight in weights.items()}
    optimizer = albert_tf.create_optimizer(
        "adamw",
        learning_rate=0.1,
        num_train_steps=10**6,
        weight_decay_rate=0.0,
        rate_multipliers={"encoder/pooler/kernel": 0.25},
    )
    optimizer.build(list(weights.values()))
    optimizer.apply([tf.ones_like(w) for w in weights.values()])
    moved = {name: before[name] - w.numpy() for name, w in weights.items()}
    ratio = (
        moved["encoder/pooler/kernel"].mean()
        / moved["classifier/kernel"].mean()
    )
    assert ratio == pytest.approx(0.25, rel=1e-3)


def test_lora_trains_products_only(network):
    rng = np.random.default_rng(1)
    net = network(task="classification")
    batch = inputs(rng, label=np.array([0, 1, 2, -1], np.int32))
    batch = {name: tf.constant(value) for name, value in batch.items()}
    lora = lora_lib.Lora(net.weights, rank=2, alpha=4.0, seed=0)
    objective = kinds.KINDS["classification"].objective
    adapted = lora.adapted(objective)

    def loss(objective):
        (found,) = objective.sums(net.models["task"], batch, None)
        return float(found["loss"])

    assert len(lora.trained) == 2 * 6  # the kernels of one block
    assert loss(adapted) == pytest.approx(loss(objective), rel=1e-6)
    name = "encoder/transformer/group_0_inner_0_attention/query_kernel"
    kernel = net.weights[name]
    before = kernel.numpy()
    with tf.GradientTape() as tape:
        (found,) = adapted.sums(net.models["task"], batch, None)
    gradients = tape.gradient(found["loss"], list(lora.trained.values()))
    assert all(gradient is not None for gradient in gradients)
    for variable in lora.trained.values():
        variable.assign_add(rng.normal(0, 0.3, variable.shape))
    changed = loss(adapted)
    assert loss(objective) != pytest.approx(changed, rel=1e-4)
    np.testing.assert_array_equal(kernel.numpy(), before)
    lora.merge()
    assert loss(objective) == pytest.approx(changed, rel=1e-5)
    difference = kernel.numpy() - before
    assert np.linalg.matrix_rank(difference, tol=1e-4) == 2
    a, b = (lora.trained[f"{name}/lora_{part}"].numpy() for part in "ab")
    np.testing.assert_allclose(difference, 2.0 * a @ b, atol=1e-6)


def rows(losses):
    return [
        {"kind": "train", "step": 10 * n, "loss": loss, "gradient_norm": 1.0}
        for n, loss in enumerate(losses)
    ]


def test_runs_at_chance_fail_and_others_do_not():
    def see(losses, is_fatal=True):
        watch = failed_runs.FineTuningWatch(0.69, 1000, 100, is_fatal)
        watch.replay(rows(losses))
        return watch

    see([0.7] * 20)  # warm-up and patience last until step 200
    with pytest.raises(failed_runs.FailedRun, match="0.690"):
        see([0.7] * 60)
    assert see([0.7 - 0.005 * n for n in range(60)]).failure is None
    late = [0.7] * 60 + [0.3] * 20
    assert see(late, is_fatal=False).failure is None
    assert "0.690" in see([0.7] * 60, is_fatal=False).failure


def test_one_class_fails_after_warm_up():
    watch = failed_runs.FineTuningWatch(0.69, 1000, 100, is_fatal=True)
    watch.see_evaluation(150, {"predicted_classes": 1})
    watch.see_evaluation(500, {"predicted_classes": 2})
    with pytest.raises(failed_runs.FailedRun, match="the same class"):
        watch.see_evaluation(500, {"rte/predicted_classes": 1})


def test_a_loss_that_climbs_back_is_a_collapse():
    watch = failed_runs.FineTuningWatch(1.1, 1000, 10, is_fatal=False)
    found = None
    for row in rows([1.1 - 0.05 * n for n in range(20)] + [3.0] * 5):
        found = found or watch.see(row["step"], row)
    assert found and "training loss" in found.finding

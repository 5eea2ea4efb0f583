"""Twenty steps of fine-tuning equal Hugging Face's, head by head.

From the same weights, on the same batches, with torch.optim.AdamW: losses,
norms of gradients and final weights. `pytest -s` prints the differences.
"""

import functools

import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf.finetuning import multitask
from albert_tf.finetuning import run_setup
from albert_tf.finetuning import training as finetuning
from albert_tf.interop import loading
from albert_tf.runs import run_folder
from albert_tf.training import distribution
from albert_tf.training import run_schedule
from data_pipeline.tasks import item_features
from data_pipeline.tasks.batches import batch_plan

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytestmark = pytest.mark.interop

STEPS, WARMUP_STEPS, RATE = 20, 5, 1e-3
BATCH, CHOICES, LENGTH = 8, 3, 24

# Our kind of task -> their class and what sets its loss.
HEADS = {
    "classification": ("SequenceClassification", {"num_labels": 3}),
    "regression": ("SequenceClassification", {"num_labels": 1}),
    "multilabel": (
        "SequenceClassification",
        {"num_labels": 4, "problem_type": "multi_label_classification"},
    ),
    "tagging": ("TokenClassification", {"num_labels": 5}),
    "span": ("QuestionAnswering", {}),
    "multiple_choice": ("MultipleChoice", {}),
}
FIXTURES = {
    "classification": "sequence_classification",
    "tagging": "token_classification",
    "span": "question_answering",
    "multiple_choice": "multiple_choice",
}
THEIR_NAMES = {
    "token_ids": "input_ids",
    "segment_ids": "token_type_ids",
    "padding_mask": "attention_mask",
    "label": "labels",
}
# Biases that change no output, of keys and of scores in a softmax over
# positions or choices: their gradients are rounding, which Adam enlarges.
IDLE = ("key_bias", "span/bias", "multiple_choice/bias")


@pytest.mark.parametrize("kind", HEADS)
def test_random_weights(tmp_path, kind):
    their_class, arguments = HEADS[kind]
    torch.manual_seed(0)
    theirs = getattr(transformers, "AlbertFor" + their_class)(
        transformers.AlbertConfig(
            vocab_size=50,
            embedding_size=12,
            hidden_size=24,
            num_hidden_layers=4,
            num_hidden_groups=2,
            inner_group_num=2,
            num_attention_heads=3,
            intermediate_size=40,
            max_position_embeddings=32,
            # Gradients are large enough then to be clipped.
            initializer_range=0.2,
            classifier_dropout_prob=0.0,
            **arguments,
        )
    )
    theirs.save_pretrained(tmp_path / "start")
    check(kind, tmp_path / "start", tmp_path)


@pytest.mark.shared
@pytest.mark.parametrize("kind", FIXTURES)
def test_fixtures(shared, tmp_path, kind):
    check(kind, shared / "fixtures/huggingface" / FIXTURES[kind], tmp_path)


def check(kind, start, tmp_path):
    """Both sides from the same weights; says how far they come apart."""
    their_class, _ = HEADS[kind]
    theirs = getattr(transformers, "AlbertFor" + their_class).from_pretrained(
        start, classifier_dropout_prob=0.0, dtype=torch.float32
    )
    if kind == "span":
        # A softmax over all positions has a gradient of padding too, which
        # they drop (padding_idx) and Google and we do not. With it dropped,
        # losses come apart by up to 1%, the table's row of padding by 8e-3.
        theirs.albert.embeddings.word_embeddings.padding_idx = None
    batches = make_batches(kind, theirs.config, np.random.default_rng(0))
    losses, norms = train_theirs(theirs, batches)
    theirs.save_pretrained(tmp_path / "theirs")
    rows = train_ours(kind, theirs.config, start, batches, tmp_path / "ours")

    assert [row["step"] for row in rows] == list(range(1, STEPS + 1))
    loss = largest_difference([row["loss"] for row in rows], losses)
    norm = largest_difference([row["gradient_norm"] for row in rows], norms)
    ours = loading.open_source(tmp_path / "ours")
    expected = loading.open_source(tmp_path / "theirs")
    weights = {True: 0.0, False: 0.0}
    for name in expected.names_of_ours().values():
        difference = np.abs(ours.value(name) - expected.value(name)).max()
        is_idle = name.endswith(IDLE)
        weights[is_idle] = max(weights[is_idle], difference)
    print(
        f"{kind}: losses {loss:.1e}, gradient norms {norm:.1e} relative; "
        f"weights {weights[False]:.1e}, idle biases {weights[True]:.1e}"
    )
    assert loss < 5e-5
    assert norm < 1e-4
    assert weights[False] < 1e-4
    assert weights[True] < 1e-3


def largest_difference(got, expected):
    return np.abs(np.divide(got, expected) - 1).max()


def make_batches(kind, config, rng):
    """STEPS batches by our names: pairs of texts, padded."""
    shape = [STEPS, BATCH]
    if kind == "multiple_choice":
        shape.append(CHOICES)
    lengths = rng.integers(6, LENGTH + 1, [*shape, 1])
    first = rng.integers(2, 5, [*shape, 1])
    places = np.arange(LENGTH)
    is_token = places < lengths
    # Not 0, their padding, whose gradient they drop wherever it stands.
    tokens = rng.integers(1, config.vocab_size, is_token.shape)
    batch = {
        "token_ids": np.where(is_token, tokens, config.pad_token_id),
        "segment_ids": is_token & (places >= first),
        "padding_mask": is_token,
        "item": np.zeros([STEPS, BATCH]),
    }
    batch = {name: value.astype(np.int32) for name, value in batch.items()}
    count = CHOICES if kind == "multiple_choice" else config.num_labels
    if kind == "span":
        ends = rng.integers(0, lengths[..., 0], dtype=np.int32)
        batch["start_positions"] = rng.integers(0, ends + 1, dtype=np.int32)
        batch["end_positions"] = ends
    elif kind == "regression":
        batch["label"] = rng.normal(2, 1, shape).astype(np.float32)
    elif kind == "multilabel":
        batch["label"] = rng.integers(0, 2, [*shape, count]).astype(np.float32)
    elif kind == "tagging":
        label = rng.integers(0, count, is_token.shape, dtype=np.int32)
        is_word = is_token & (rng.random(is_token.shape) < 0.7)
        batch["label"] = np.where(is_word, label, item_features.NO_LABEL)
    else:
        batch["label"] = rng.integers(0, count, shape[:2], dtype=np.int32)
    return batch


def train_ours(kind, their_config, start, batches, folder):
    """Trains in `folder`; returns a row of metrics for each step."""
    config = loading.open_source(start).config
    strategy = distribution.make_strategy("one_device")
    settings = run_setup.Setup(
        config=config,
        output_dir=str(folder),
        heads={"task": multitask.Head(kind, their_config.num_labels)},
        make_optimizer=functools.partial(
            albert_tf.create_optimizer,
            "adamw",
            num_train_steps=STEPS + 1,
            num_warmup_steps=WARMUP_STEPS,
            weight_decay_rate=0.01,
            bias_correction=True,
        ),
        learning_rate=RATE,
        num_warmup_steps=WARMUP_STEPS,
        batch_size=BATCH,
        seed=0,
        dropout_prob=0.0,
        init_checkpoint=str(start),
    )
    plan = batch_plan.Plan((("task", LENGTH),), np.zeros(STEPS, np.int32), ())
    dataset = tf.data.Dataset.from_tensor_slices(batches)
    data = finetuning.TrainingData(
        plan=lambda seed: plan,
        batches=lambda plan, kind, first: (
            strategy.distribute_datasets_from_function(
                lambda context: dataset.skip(first)
            )
        ),
        evaluate=None,
        badness=lambda values: values["loss"],
        chance_loss=None,
    )
    schedule = run_schedule.Schedule(
        num_train_steps=STEPS,
        iterations_per_loop=1,
        save_checkpoints_steps=STEPS,
        eval_steps=0,
        keep_checkpoint_max=1,
    )
    run_folder.claim(str(folder), {}, {})
    config.to_json(str(folder / "albert_config.json"))
    finetuning.train(strategy, settings, data, schedule)
    return run_folder.read_metrics(str(folder))


def train_theirs(model, batches):
    """The loss and the norm of the gradient of each step."""
    groups = {0.0: [], 0.01: []}
    for name, weight in model.named_parameters():
        is_exempt = "bias" in name or "norm" in name.lower()
        groups[0.0 if is_exempt else 0.01].append(weight)
    optimizer = torch.optim.AdamW(
        [{"params": w, "weight_decay": decay} for decay, w in groups.items()],
        eps=1e-6,
    )
    model.train()
    losses, norms = [], []
    for step in range(1, STEPS + 1):
        rate = RATE * (1 - step / (STEPS + 1))
        if step < WARMUP_STEPS:
            rate = RATE * step / WARMUP_STEPS
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = model(**their_batch(batches, step - 1)).loss
        optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
        norms.append(norm.item())
    return losses, norms


def their_batch(batches, step):
    batch = {}
    for name, values in batches.items():
        value = torch.tensor(values[step])
        value = value if value.is_floating_point() else value.long()
        if name == "label":
            value = value.masked_fill(value == item_features.NO_LABEL, -100)
        if name != "item":
            batch[THEIR_NAMES.get(name, name)] = value
    return batch

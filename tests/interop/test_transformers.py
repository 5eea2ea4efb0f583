"""Against Hugging Face's own code: random sizes, every head, 1e-5."""

import numpy as np
import pytest

import albert_tf
from albert_tf import models
from albert_tf.interop import convert
from albert_tf.interop import loading
from albert_tf.interop import probe

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytestmark = pytest.mark.interop

HEADS = {
    "pretraining": (albert_tf.AlbertPretrainer, {}),
    "classifier": (albert_tf.AlbertClassifier, {"num_classes": 3}),
    "regression": (albert_tf.AlbertClassifier, {"num_classes": 1}),
    "tagging": (albert_tf.AlbertTagger, {"num_classes": 5}),
    "multiple_choice": (albert_tf.AlbertMultipleChoice, {}),
    "span": (albert_tf.AlbertSpan, {}),
}


def random_config(rng):
    heads = int(rng.integers(1, 5))
    # A norm over one or two numbers is rounding and nothing else.
    hidden = heads * int(rng.integers(3, 9))
    layers = int(rng.integers(1, 8))
    return albert_tf.AlbertConfig(
        vocab_size=int(rng.integers(5, 90)),
        embedding_size=int(rng.choice([hidden, rng.integers(3, 20)])),
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_hidden_groups=int(rng.integers(1, 2 * layers)),
        inner_group_num=int(rng.integers(1, 4)),
        num_attention_heads=heads,
        intermediate_size=int(rng.integers(1, 30)),
        hidden_act=str(rng.choice(["gelu", "gelu_erf", "relu", "tanh"])),
        max_position_embeddings=int(rng.integers(2, 30)),
        type_vocab_size=int(rng.integers(1, 4)),
    )


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("head", HEADS)
def test_random_models(tmp_path, head, seed):
    rng = np.random.default_rng(seed)
    config = random_config(rng)
    model_class, arguments = HEADS[head]
    model = model_class(config, **arguments)
    for name, weight in models.named_weights(model).items():
        centre = 1.0 if name.endswith("gamma") else 0.0
        weight.assign(rng.normal(centre, 0.2, weight.shape))
    model.save(tmp_path / "model.keras")
    # Raises where transformers finds a key missing or unexpected.
    convert.convert(tmp_path / "model.keras", tmp_path / "there", "huggingface")
    difference = probe.largest_difference(model, str(tmp_path / "there"))
    assert max(difference.values()) < 1e-5
    back = loading.load(tmp_path / "there")
    difference = probe.largest_difference(back, str(tmp_path / "there"))
    assert max(difference.values()) < 1e-5


def test_pytorch_model_bin(tmp_path):
    import torch
    import transformers

    theirs = transformers.AlbertForTokenClassification(
        transformers.AlbertConfig(
            vocab_size=30,
            embedding_size=6,
            hidden_size=8,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=12,
            num_labels=4,
        )
    )
    theirs.config.architectures = [type(theirs).__name__]
    theirs.config.save_pretrained(tmp_path)
    torch.save(theirs.state_dict(), tmp_path / "pytorch_model.bin")
    model = albert_tf.load(tmp_path)
    assert isinstance(model, albert_tf.AlbertTagger)
    difference = probe.largest_difference(model, str(tmp_path))
    assert difference["logits"] < 1e-5


def test_a_difference_is_an_error(tmp_path):
    config = albert_tf.AlbertConfig(
        vocab_size=30,
        embedding_size=6,
        hidden_size=8,
        num_attention_heads=2,
        intermediate_size=12,
    )
    model = albert_tf.AlbertSpan(config)
    model.save(tmp_path / "model.keras")
    convert.convert(tmp_path / "model.keras", tmp_path / "there", "huggingface")
    names = models.named_weights(model)
    names["span/bias"].assign([0.0, 0.01])
    with pytest.raises(ValueError, match="compute the same.*end_logits"):
        probe.compare(model, str(tmp_path / "there"))

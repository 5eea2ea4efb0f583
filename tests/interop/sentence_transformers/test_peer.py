"""Against sentence-transformers itself: 1e-5, in both directions."""

import logging

import embedding_models
import numpy as np
import pytest
from embedding_models import TEXTS

import albert_tf

pytest.importorskip("torch")
sentence_transformers = pytest.importorskip("sentence_transformers")
pytestmark = pytest.mark.interop

PROMPTS = {"query": "query: ", "document": ""}
SETTINGS = [
    {},
    {"pooling": "cls", "normalize": False},
    {"pooling": "max", "dense_size": 6},
    {
        "pooling": "weighted_mean",
        "dense_size": 5,
        "dense_activation": "identity",
        "normalize": False,
        "prompts": PROMPTS,
    },
]


def theirs(folder):
    return sentence_transformers.SentenceTransformer(
        str(folder), device="cpu", local_files_only=True
    )


@pytest.mark.parametrize("settings", SETTINGS)
def test_what_we_write(make, settings, caplog):
    folder, path = make(**settings)
    assert not [r for r in caplog.records if r.levelno > logging.WARNING]
    ours, model = albert_tf.embedder(path), theirs(folder)
    np.testing.assert_allclose(
        model.encode(TEXTS), ours.encode(TEXTS), atol=1e-5
    )
    assert model.max_seq_length == ours.max_seq_length
    for prompt in settings.get("prompts", ()):
        np.testing.assert_allclose(
            model.encode(TEXTS, prompt_name=prompt),
            ours.encode(TEXTS, prompt=prompt),
            atol=1e-5,
        )


@pytest.mark.parametrize("settings", SETTINGS)
def test_what_they_write(make, settings, tmp_path):
    """Their own layout, saved by the installed version."""
    folder, _ = make(**settings)
    model = theirs(folder)
    model.max_seq_length = 17
    model.save_pretrained(str(tmp_path / "saved"))
    ours = albert_tf.embedder(tmp_path / "saved")
    assert ours.max_seq_length == 17
    np.testing.assert_allclose(
        ours.encode(TEXTS), model.encode(TEXTS), atol=1e-5
    )
    np.testing.assert_allclose(
        ours.similarity(TEXTS[:2], TEXTS),
        model.similarity(model.encode(TEXTS[:2]), model.encode(TEXTS)),
        atol=1e-5,
    )


def test_modules_that_they_make(make, tmp_path):
    """A model put together there, with a dense layer without bias."""
    from sentence_transformers import models as parts

    folder, _ = make()
    encoder = parts.Transformer(str(folder))
    size = encoder.get_embedding_dimension()
    model = sentence_transformers.SentenceTransformer(
        modules=[
            encoder,
            parts.Pooling(size, pooling_mode="max"),
            parts.Dense(size, 7, bias=False),
            parts.Normalize(),
        ],
        prompts=PROMPTS,
        device="cpu",
    )
    model.save_pretrained(str(tmp_path / "saved"))
    ours = albert_tf.embedder(tmp_path / "saved")
    np.testing.assert_allclose(
        ours.encode(TEXTS, prompt="query"),
        model.encode(TEXTS, prompt_name="query"),
        atol=1e-5,
    )


@pytest.mark.parametrize(
    "mode", ["lasttoken", "mean_sqrt_len_tokens", ("mean", "cls")]
)
def test_poolings_that_are_refused(make, tmp_path, mode):
    from sentence_transformers import models as parts

    folder, _ = make()
    encoder = parts.Transformer(str(folder))
    pooling = parts.Pooling(encoder.get_embedding_dimension(), mode)
    sentence_transformers.SentenceTransformer(
        modules=[encoder, pooling], device="cpu"
    ).save_pretrained(str(tmp_path / "saved"))
    with pytest.raises(ValueError, match="must pool in one of the ways"):
        albert_tf.load(tmp_path / "saved")


def test_conversion_compares_the_outputs(vocabulary, sizes, tmp_path):
    path = embedding_models.save(tmp_path / "model", vocabulary, sizes)
    config = albert_tf.ConvertConfig(
        input=path, output=tmp_path / "there", to="sentence_transformers"
    )
    report = albert_tf.convert(config).report
    assert "largest difference from sentence-transformers" in report[-1]
    config = albert_tf.ConvertConfig(
        input=path, output=tmp_path / "encoder", to="huggingface"
    )
    assert (
        "difference from transformers" in albert_tf.convert(config).report[-1]
    )

"""Against Model Garden itself: what its exporter writes for TF-Hub.

    TF_USE_LEGACY_KERAS=1 python -m pytest -m model_garden tests/interop

in an environment with benchmarks/peers/requirements-model-garden.txt.
"""

import os

import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf.interop import loading

if not os.environ.get("TF_USE_LEGACY_KERAS"):
    pytest.skip("Model Garden is of Keras 2", allow_module_level=True)
export_tfhub_lib = pytest.importorskip("official.nlp.tools.export_tfhub_lib")
pytestmark = pytest.mark.model_garden

CONFIG = albert_tf.AlbertConfig(
    vocab_size=31,
    embedding_size=6,
    hidden_size=20,
    num_hidden_layers=3,
    num_attention_heads=5,
    intermediate_size=14,
    max_position_embeddings=9,
    type_vocab_size=3,
)
INPUTS = {
    "input_word_ids": [[2, 7, 11, 3], [2, 30, 3, 0]],
    "input_mask": [[1, 1, 1, 1], [1, 1, 1, 0]],
    "input_type_ids": [[0, 0, 1, 2], [0, 1, 1, 0]],
}
POSITIONS = [[1, 2], [0, 1]]


@pytest.mark.parametrize("with_mlm", [False, True])
def test_what_their_exporter_writes(tmp_path, with_mlm):
    from official.nlp.configs import encoders

    sizes = {
        "vocab_size": CONFIG.vocab_size,
        "embedding_width": CONFIG.embedding_size,
        "hidden_size": CONFIG.hidden_size,
        "num_layers": CONFIG.num_hidden_layers,
        "num_attention_heads": CONFIG.num_attention_heads,
        "intermediate_size": CONFIG.intermediate_size,
        "max_position_embeddings": CONFIG.max_position_embeddings,
        "type_vocab_size": CONFIG.type_vocab_size,
    }
    config = encoders.EncoderConfig({"type": "albert", "albert": sizes})
    _, pretrainer = export_tfhub_lib._create_model(
        encoder_config=config, with_mlm=True
    )
    rng = np.random.default_rng(0)
    for weight in pretrainer.trainable_variables:
        weight.assign(rng.normal(0, 0.5, weight.shape))
    checkpoint = tf.train.Checkpoint(**pretrainer.checkpoint_items)
    prefix = checkpoint.save(str(tmp_path / "ckpt"))
    (tmp_path / "spm.model").write_bytes(b"")
    export_tfhub_lib.export_model(
        str(tmp_path / "albert"),
        encoder_config=config,
        model_checkpoint_path=prefix,
        with_mlm=with_mlm,
        sp_model_file=str(tmp_path / "spm.model"),
    )

    model, coverage = loading.load_with_coverage(
        tmp_path / "albert", config=CONFIG
    )
    assert not coverage.mismatched
    assert ("masked_lm" in model.untrained_heads) != with_mlm
    inputs = {name: tf.constant(rows) for name, rows in INPUTS.items()}
    theirs = tf.saved_model.load(str(tmp_path / "albert"))
    expected = dict(theirs(inputs))
    if with_mlm:
        positions = {"masked_lm_positions": tf.constant(POSITIONS)}
        expected["mlm_logits"] = theirs.mlm(inputs | positions)["mlm_logits"]
    got = model(
        {
            "token_ids": inputs["input_word_ids"],
            "padding_mask": inputs["input_mask"],
            "segment_ids": inputs["input_type_ids"],
            "mask_positions": tf.constant(POSITIONS),
        }
    )
    for name in ("sequence_output", "pooled_output", "mlm_logits"):
        if name in expected:
            np.testing.assert_allclose(
                got[name], expected[name], atol=1e-5, rtol=0
            )

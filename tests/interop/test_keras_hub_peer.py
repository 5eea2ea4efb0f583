"""Against keras-hub itself: presets of both sides, and their tokenizers."""

import json

import numpy as np
import pytest
import sentencepiece
import tensorflow as tf

import albert_tf
from albert_tf.interop import convert
from albert_tf.interop import loading
from albert_tf.interop import probe
from albert_tf.interop.keras_hub import side_by_side
from data_pipeline.text import tokenizers
from data_pipeline.text.graph import tokenizer as graph_tokenizer

keras_hub = pytest.importorskip("keras_hub")
pytestmark = [
    pytest.mark.keras_hub,
    # Presets hold no optimizer.
    pytest.mark.filterwarnings("ignore:Skipping variable loading"),
]

LENGTH = 9
SHAPES = {  # layers, groups, repetitions, whether E == H
    "shared": (3, 1, 1, False),
    "groups": (4, 2, 1, False),
    "repetitions": (2, 1, 3, True),
    "both": (6, 3, 2, False),
}
SENTENCES = [
    "In 1984, the old library moved to a new house near the river.",
    "The quick keeper wrote: books 1,200; maps 340; letters 25,000.",
    "Walking, talking, reading, writing: the days went by.",
]
TEXTS = [*SENTENCES, "In 1984, 7, 5,", "CAFÉ ½  ﬁn ``so''", "", "你好 x"]


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory):
    """A SentencePiece model with what keras-hub asks for."""
    prefix = tmp_path_factory.mktemp("vocabulary") / "spm"
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES * 3),
        model_prefix=str(prefix),
        vocab_size=90,
        pad_id=0,
        unk_id=1,
        bos_id=-1,
        eos_id=-1,
        control_symbols=["[CLS]", "[SEP]", "[MASK]"],
        hard_vocab_limit=False,
        minloglevel=2,
    )
    return prefix.with_suffix(".model").read_bytes()


def make_backbone(shape, vocab_size=90):
    layers, groups, repetitions, is_square = SHAPES[shape]
    backbone = keras_hub.models.AlbertBackbone(
        vocabulary_size=vocab_size,
        num_layers=layers,
        num_groups=groups,
        num_inner_repetitions=repetitions,
        num_heads=3,
        embedding_dim=12 if is_square else 7,
        hidden_dim=12,
        intermediate_dim=20,
        max_sequence_length=LENGTH,
        num_segments=3,
    )
    randomize(backbone.weights)
    if is_square:  # they project there too; ours cannot
        backbone.embeddings_projection.kernel.assign(np.eye(12))
        backbone.embeddings_projection.bias.assign(np.zeros(12))
    return backbone


def randomize(weights, seed=0):
    rng = np.random.default_rng(seed)
    for weight in weights:
        centre = 1.0 if "gamma" in weight.path else 0.0
        weight.assign(rng.normal(centre, 0.3, weight.shape))


def random_inputs(config):
    rng = np.random.default_rng(1)
    mask = np.ones((2, LENGTH), np.int32)
    mask[1, 5:] = 0
    return {
        "token_ids": rng.integers(0, config.vocab_size, mask.shape, np.int32),
        "segment_ids": rng.integers(0, 3, mask.shape, np.int32),
        "padding_mask": mask,
    }


def assert_close(got, expected):
    np.testing.assert_allclose(got, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("shape", SHAPES)
def test_their_backbones(tmp_path, shape):
    theirs = make_backbone(shape)
    theirs.save_to_preset(tmp_path)
    model, coverage = loading.load_with_coverage(tmp_path)
    assert not coverage.unexpected
    inputs = random_inputs(model.config)
    got, expected = model.encoder(inputs), theirs(inputs)
    for name in ("sequence_output", "pooled_output"):
        assert_close(got[name], expected[name])


def test_their_text_classifier_from_text(tmp_path, vocabulary):
    tokenizer = keras_hub.models.AlbertTokenizer(proto=vocabulary)
    theirs = keras_hub.models.AlbertTextClassifier(
        make_backbone("both"),
        num_classes=4,
        preprocessor=keras_hub.models.AlbertTextClassifierPreprocessor(
            tokenizer, sequence_length=LENGTH
        ),
    )
    randomize(theirs.output_dense.weights, seed=2)
    theirs.save_to_preset(tmp_path)
    model = albert_tf.load(tmp_path)
    ours = tokenizers.load(tmp_path)
    rows = [
        [ours.cls_id, *ours.encode(text)[: LENGTH - 2], ours.sep_id]
        for text in TEXTS
    ]
    token_ids = tf.ragged.constant(rows).to_tensor(shape=[None, LENGTH])
    logits = model(
        {
            "token_ids": token_ids,
            "padding_mask": tf.cast(token_ids != ours.pad_id, tf.int32),
        }
    )["logits"]
    assert_close(logits, theirs.predict(TEXTS, verbose=0))


def test_their_masked_lm(tmp_path):
    theirs = keras_hub.models.AlbertMaskedLM(make_backbone("groups"))
    randomize(theirs.masked_lm_head.weights, seed=2)
    theirs.save_to_preset(tmp_path)
    model = albert_tf.load(tmp_path)
    inputs = random_inputs(model.config)
    inputs["mask_positions"] = np.tile(np.arange(4, dtype=np.int32), (2, 1))
    norm = theirs.masked_lm_head._intermediate_layer_norm
    assert norm.epsilon == side_by_side.MASKED_LM_EPSILON
    model.masked_lm.norm.epsilon = norm.epsilon
    assert_close(model(inputs)["mlm_logits"], theirs(inputs))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("head", ["classifier", "masked_lm"])
def test_our_models(tmp_path, head, shape):
    layers, groups, repetitions, is_square = SHAPES[shape]
    config = albert_tf.AlbertConfig(
        vocab_size=40,
        embedding_size=12 if is_square else 7,
        hidden_size=12,
        num_hidden_layers=layers,
        num_hidden_groups=groups,
        inner_group_num=repetitions,
        num_attention_heads=3,
        intermediate_size=20,
        max_position_embeddings=LENGTH,
    )
    model = albert_tf.AlbertPretrainer(config)
    if head == "classifier":
        model = albert_tf.AlbertClassifier(config, num_classes=3)
    randomize(model.trainable_variables)
    model.save(tmp_path / "model.keras")
    report = convert.convert(
        tmp_path / "model.keras", tmp_path / "there", "keras_hub"
    )
    assert any("largest difference from keras-hub" in line for line in report)
    differences = side_by_side.differences(
        model, str(tmp_path / "there"), probe.inputs_of(model)
    )
    scores = {"classifier": "logits", "masked_lm": "mlm_logits"}[head]
    assert differences.keys() == {"sequence_output", "pooled_output", scores}
    assert max(differences.values()) < 1e-5


def test_our_preset_takes_text(tmp_path, vocabulary):
    config = albert_tf.AlbertConfig(
        vocab_size=90,
        embedding_size=8,
        hidden_size=12,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=LENGTH,
    )
    model = albert_tf.AlbertClassifier(config, num_classes=2)
    model.save(tmp_path / "model.keras")
    (tmp_path / "run").mkdir()
    convert.convert(tmp_path / "model.keras", tmp_path / "run/x", "albert_tf")
    row = {"kind": "classification", "labels": ["no", "yes"]}
    content = {"tasks": {"custom": row}, "max_seq_length": 7}
    (tmp_path / "run/x/task.json").write_text(json.dumps(content))
    (tmp_path / "run/x/spiece.model").write_bytes(vocabulary)
    result = albert_tf.convert(
        albert_tf.ConvertConfig(
            input=str(tmp_path / "run/x"),
            output=str(tmp_path / "there"),
            to="keras_hub",
        )
    )
    assert "lower case" in result.report[-1]
    theirs = keras_hub.models.TextClassifier.from_preset(
        str(tmp_path / "there")
    )
    assert theirs.preprocessor.sequence_length == 7
    assert theirs.predict(TEXTS, verbose=0).shape == (len(TEXTS), 2)
    # What keras-hub saves of it is read again; it keeps no names of classes.
    theirs.save_to_preset(tmp_path / "again")
    again = albert_tf.load(tmp_path / "again")
    assert isinstance(again, albert_tf.AlbertClassifier)
    assert again.task_info.labels == ()


def test_ids_of_texts(tmp_path, vocabulary):
    theirs = keras_hub.models.AlbertTokenizer(proto=vocabulary)
    theirs.save_to_preset(tmp_path)
    ours = tokenizers.load(tmp_path)
    expected = [[int(i) for i in theirs(text)] for text in TEXTS]
    assert ours.encode_batch(TEXTS) == expected
    graph = graph_tokenizer.GraphTokenizer(ours)
    assert graph(tf.constant(TEXTS)).to_list() == expected

"""What a load covers, and when it is not enough."""

import json

import numpy as np
import pytest
import tensorflow as tf
from absl import logging

import albert_tf
from albert_tf import models
from albert_tf.interop import convert
from albert_tf.interop import google
from albert_tf.interop import loading

CONFIG = albert_tf.AlbertConfig(
    vocab_size=30,
    embedding_size=4,
    hidden_size=8,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=12,
    max_position_embeddings=6,
)
BLOCK = "bert/encoder/transformer/group_0/inner_group_0/"


@pytest.fixture(scope="module")
def tensors():
    """A pretrainer's weights by Google's names, with optimizer slots."""
    names = google.names()
    weights = models.named_weights(albert_tf.AlbertPretrainer(CONFIG))
    tensors = {}
    for name, weight in weights.items():
        value = weight.numpy()
        value = value.T if names.transposed(name) else value
        for slot in ("", "/adam_m", "/adam_v"):
            tensors[names.theirs(name) + slot] = value
    return {**tensors, "global_step": np.int64(7)}


def write(folder, tensors, config=CONFIG):
    tf.raw_ops.SaveV2(
        prefix=str(folder / "model.ckpt-7"),
        tensor_names=list(tensors),
        shape_and_slices=[""] * len(tensors),
        tensors=[tf.constant(value) for value in tensors.values()],
    )
    config.to_json(folder / "albert_config.json")
    return folder


def without(tensors, start):
    return {k: v for k, v in tensors.items() if not k.startswith(start)}


def test_slots_are_not_unexpected(tmp_path, tensors):
    _, coverage = loading.load_with_coverage(write(tmp_path, tensors))
    # 5 + 2 + 16 + 2 of the backbone, 5 + 2 of the heads.
    assert len(coverage.matched) == 32
    assert not coverage.missing + coverage.unexpected + coverage.mismatched
    pair = ("encoder/pooler/kernel", "bert/pooler/dense/kernel")
    assert pair in coverage.matched


def test_what_was_found_is_said(tmp_path, tensors, caplog):
    tensors = without(tensors, "cls/seq_relationship")
    logging.use_absl_handler()
    with caplog.at_level("INFO", logger="absl"):
        albert_tf.load(write(tmp_path, {**tensors, "extra/kernel": np.ones(3)}))
    assert "Google's TF1 checkpoint" in caplog.text
    assert "30 weights matched, 2 missing, 1 unexpected" in caplog.text
    assert (
        "missing: sentence_order/kernel (cls/seq_relationship/output_weights)"
        in caplog.text
    )
    assert "not in the model (extra/kernel)" in caplog.text
    warnings = [r for r in caplog.records if r.levelname == "WARNING"]
    assert len(warnings) == 1 and "has no sentence_order" in caplog.text


@pytest.mark.parametrize(
    "missing",
    [
        BLOCK + "LayerNorm_1/gamma",
        "bert/embeddings/position_embeddings",
        # The sentence-order head reads it.
        "bert/pooler",
        # Half a head is a damaged one.
        "cls/predictions/output_bias",
    ],
)
def test_part_of_a_model(tmp_path, tensors, missing):
    write(tmp_path, without(tensors, missing))
    with pytest.raises(ValueError, match=f"without .*{missing}"):
        albert_tf.load(tmp_path)
    model = albert_tf.load(tmp_path, allow_partial_init=True)
    np.testing.assert_array_equal(
        models.named_weights(model)["encoder/embeddings/word_embeddings"],
        tensors["bert/embeddings/word_embeddings"],
    )


def test_other_shapes(tmp_path, tensors):
    wide = albert_tf.AlbertConfig(
        **{**CONFIG.to_dict(), "intermediate_size": 14}
    )
    write(tmp_path, tensors, wide)
    with pytest.raises(ValueError, match=r"inner_kernel .*\(8, 12\), not"):
        albert_tf.load(tmp_path)
    _, coverage = loading.load_with_coverage(tmp_path, allow_partial_init=True)
    assert len(coverage.mismatched) == 3


def test_weights_that_the_config_does_not_describe(tmp_path, tensors):
    more = {
        name.replace("group_0", "group_1"): value
        for name, value in tensors.items()
        if "group_0" in name
    }
    write(tmp_path, {**tensors, **more})
    with pytest.raises(
        ValueError,
        match="with 16 weights that the config does not describe.*group_1",
    ):
        albert_tf.load(tmp_path)


def in_groups(tensors, groups):
    """The same block in each of these groups."""
    kept = without(tensors, BLOCK)
    return kept | {
        name.replace("/group_0/", f"/group_{group}/"): value
        for name, value in tensors.items()
        if name.startswith(BLOCK)
        for group in groups
    }


@pytest.mark.parametrize("groups", [[0, 3], range(6)])
def test_more_groups_than_layers(tmp_path, tensors, groups):
    """Google's files hold the groups that layers use, others may hold all."""
    config = albert_tf.AlbertConfig(
        **{**CONFIG.to_dict(), "num_hidden_groups": 6}
    )
    write(tmp_path, in_groups(tensors, groups), config)
    model, coverage = loading.load_with_coverage(tmp_path)
    assert not coverage.missing + coverage.mismatched
    assert len(coverage.unexpected) == 16 * (len(groups) - 2)
    np.testing.assert_array_equal(
        models.named_weights(model)[
            "encoder/transformer/group_3_inner_0_ffn/inner_kernel"
        ],
        tensors[BLOCK + "ffn_1/intermediate/dense/kernel"],
    )


@pytest.mark.parametrize("groups", [[0, 1], [0], [0, 3, 6]])
def test_other_groups_than_the_config_describes(tmp_path, tensors, groups):
    config = albert_tf.AlbertConfig(
        **{**CONFIG.to_dict(), "num_hidden_groups": 6}
    )
    write(tmp_path, in_groups(tensors, groups), config)
    with pytest.raises(ValueError, match="without|config does not describe"):
        albert_tf.load(tmp_path)


def test_norms_that_are_not_shared_are_named(tmp_path, tensors):
    """As written where the norms are made outside of the shared scope."""
    kept = {k: v for k, v in tensors.items() if BLOCK + "LayerNorm" not in k}
    scope = "bert/encoder/transformer/group_0_{0}/layer_{0}/inner_group_0/"
    norms = {
        scope.format(layer) + f"layer_normalization_{2 * layer + k}/{part}": (
            np.ones(8, np.float32)
        )
        for layer in range(2)
        for k in (1, 2)
        for part in ("gamma", "beta")
    }
    write(tmp_path, {**kept, **norms})
    rule = "must share their layer norms.*8 weights of separate ones"
    with pytest.raises(ValueError, match=rule):
        albert_tf.load(tmp_path)


def test_a_head_by_name(tmp_path, tensors):
    """[1, H] `output_weights` may be a regression or multiple choice."""
    backbone = without(tensors, "cls/")
    head = {
        "output_weights": np.ones([1, 8], np.float32),
        "output_bias": np.zeros(1, np.float32),
    }
    write(tmp_path, {**backbone, **head})
    assert type(albert_tf.load(tmp_path)) is albert_tf.AlbertClassifier
    choice = albert_tf.load(tmp_path, head="multiple_choice")
    assert type(choice) is albert_tf.AlbertMultipleChoice
    with pytest.raises(ValueError, match="one of classifier, tagging"):
        albert_tf.load(tmp_path, head="race")


@pytest.mark.parametrize(
    "difference",
    [
        {"num_attention_heads": 4},
        {"hidden_act": "relu"},
        {"num_hidden_layers": 3},
    ],
)
def test_weights_that_fit_and_compute_something_else(
    tmp_path, tensors, difference
):
    write(tmp_path, tensors)
    model = albert_tf.AlbertPretrainer(
        albert_tf.AlbertConfig(**{**CONFIG.to_dict(), **difference})
    )
    source = loading.open_source(tmp_path)
    (name,) = difference
    with pytest.raises(ValueError, match=f"config of its weights.*: {name}="):
        loading.initialize(model, source)
    loading.initialize(model, source, allow_partial_init=True)


def test_data_that_is_cut_off(tmp_path, tensors):
    write(tmp_path, tensors)
    path = tmp_path / "model.ckpt-7.data-00000-of-00001"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ValueError, match="its data only 5000"):
        albert_tf.load(tmp_path)


def test_data_that_is_damaged(tmp_path, tensors):
    write(tmp_path, tensors)
    path = tmp_path / "model.ckpt-7.data-00000-of-00001"
    # One bit in every 64 bytes, so that not only moments are hit.
    data = bytearray(path.read_bytes())
    data[::64] = bytes(byte ^ 1 for byte in data[::64])
    path.write_bytes(data)
    with pytest.raises(ValueError, match="cannot be read"):
        albert_tf.load(tmp_path)


@pytest.mark.parametrize(
    "name", ["sweep[lr=1e-3]", "a*b", "what?", "back\\slash", "a,b [1] {c}"]
)
def test_a_path_is_no_pattern(tmp_path, tensors, name):
    folder = tmp_path / name
    folder.mkdir()
    write(folder, tensors)
    # What the path would match as a pattern.
    (tmp_path / "sweepl").mkdir()
    config = albert_tf.AlbertConfig(
        **{**CONFIG.to_dict(), "num_hidden_layers": 5}
    )
    write(tmp_path / "sweepl", tensors, config)
    model = albert_tf.load(folder)
    assert model.config.num_hidden_layers == 2
    albert_tf.load(folder / "model.ckpt-7")
    (folder / "checkpoint").write_text('model_checkpoint_path: "model.ckpt-7"')
    albert_tf.load(folder)
    convert.convert(folder, tmp_path / f"out{name}", "google")
    albert_tf.load(tmp_path / f"out{name}")


def test_a_prefix_is_no_pattern(tmp_path, tensors):
    write(tmp_path, tensors)
    for file in tmp_path.glob("model.ckpt-7.*"):
        file.rename(tmp_path / file.name.replace("-7", "[7]"))
    albert_tf.load(tmp_path / "model.ckpt[7]")
    albert_tf.load(tmp_path)


def test_the_files_that_name_a_checkpoint(tmp_path, tensors):
    write(tmp_path, tensors)
    (tmp_path / "model.ckpt-7.meta").write_bytes(b"")
    for name in ("", ".index", ".meta", ".data-00000-of-00001"):
        albert_tf.load(f"{tmp_path}/model.ckpt-7{name}")
    assert json.loads((tmp_path / "albert_config.json").read_text())

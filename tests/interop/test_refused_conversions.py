"""What a conversion cannot write, and what it does not make up."""

import re

import pytest
import tensorflow as tf
from convertible import CONFIG

import albert_tf
from albert_tf.interop import convert
from albert_tf.interop import huggingface
from albert_tf.interop import loading


def test_heads_that_are_not_there_are_not_made_up(saved, tmp_path):
    path, expected = saved("classifier")
    convert.convert(path, tmp_path / "google", "google")
    # A backbone alone, as Hugging Face's AlbertModel.
    backbone = {k: v for k, v in expected.items() if k.startswith("encoder/")}
    (tmp_path / "there").mkdir()
    huggingface.write(
        albert_tf.AlbertConfig(**CONFIG), backbone, str(tmp_path / "there")
    )
    model, coverage = loading.load_with_coverage(tmp_path / "there")
    assert coverage.missing_heads() == ["masked_lm", "sentence_order"]
    assert isinstance(model, albert_tf.AlbertPretrainer)
    convert.convert(tmp_path / "there", tmp_path / "google2", "google")
    reader = tf.train.load_checkpoint(str(tmp_path / "google2/model.ckpt-best"))
    assert len(reader.get_variable_to_shape_map()) == 5 + 2 + 2 + 4 * 16 + 1


@pytest.mark.parametrize(
    "head, config, to, rule",
    [
        ("conditional_span", {}, "huggingface", "one of these heads"),
        ("span", {"share_parameters": "ffn"}, "huggingface", "shares all"),
        ("span", {"share_parameters": "none"}, "google", "shares all"),
        ("span", {"hidden_act": "gelu_erf"}, "google", "the exact GELU"),
        (
            "span",
            {"num_hidden_layers": 22, "num_hidden_groups": 22},
            "huggingface",
            "layer 15 of 22",
        ),
        (
            "span",
            {"num_hidden_layers": 18, "num_hidden_groups": 14},
            "huggingface",
            "layer 9 of 18",
        ),
    ],
)
def test_what_the_other_side_cannot_be(saved, tmp_path, head, config, to, rule):
    path, _ = saved(head, inner_group_num=1, **config)
    with pytest.raises(ValueError, match=rule):
        convert.convert(path, tmp_path / "there", to)
    assert [p.name for p in tmp_path.iterdir()] == ["model.keras"]


@pytest.mark.parametrize("to", ["google", "huggingface", "albert_tf"])
def test_more_groups_than_layers(saved, tmp_path, to):
    path, _ = saved("span", num_hidden_layers=2, num_hidden_groups=5)
    convert.convert(path, tmp_path / "there", to)
    back = loading.open_source(tmp_path / "there")
    groups = {
        int(found[1])
        for name in back.shapes
        if (found := re.search(r"groups?[._](\d)", name))
    }
    # transformers makes all of them, and finds none missing.
    assert groups == ({0, 1, 2, 3, 4} if to == "huggingface" else {0, 2})
    albert_tf.load(tmp_path / "there")


def test_a_conversion_overwrites_nothing(saved, tmp_path):
    path, _ = saved("span")
    (tmp_path / "there").mkdir()
    with pytest.raises(FileExistsError, match="Nothing is overwritten"):
        convert.convert(path, tmp_path / "there", "google")

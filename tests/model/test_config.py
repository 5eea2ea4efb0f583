"""AlbertConfig: strict reading, published sizes."""

import json

import pytest

from albert_tf import config as config_lib

AlbertConfig = config_lib.AlbertConfig


def test_json_round_trip(tmp_path):
    config = AlbertConfig.named("base_zh", num_hidden_groups=3)
    config.to_json(tmp_path / "config.json")
    assert AlbertConfig.from_json(tmp_path / "config.json") == config


def test_reads_the_unused_keys_of_released_configs():
    config = AlbertConfig.from_dict(
        {"hidden_size": 24, "net_structure_type": 0, "layers_to_keep": []}
    )
    assert config.hidden_size == 24


@pytest.mark.parametrize(
    "values, complaint",
    [
        ({"hiden_size": 24}, "hiden_size"),
        ({"net_structure_type": 1}, "net_structure_type"),
        ({"hidden_size": 25}, "num_attention_heads"),
        ({"num_hidden_layers": 0}, "num_hidden_layers"),
        ({"num_hidden_layers": 2.0}, "num_hidden_layers"),
        ({"num_hidden_groups": 13}, "num_hidden_groups"),
        ({"hidden_act": "gelu_new"}, "hidden_act"),
        ({"share_parameters": "some"}, "share_parameters"),
        ({"hidden_dropout_prob": 1.0}, "hidden_dropout_prob"),
    ],
)
def test_refuses(values, complaint):
    with pytest.raises(ValueError, match=complaint):
        AlbertConfig.from_dict(values)


def test_names_the_file_that_is_no_config(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere.json"):
        AlbertConfig.from_json(tmp_path / "nowhere.json")
    for text in ("{", "[1]", json.dumps({"bogus": 1})):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(ValueError, match="bad.json"):
            AlbertConfig.from_json(tmp_path / "bad.json")


@pytest.mark.parametrize(
    "name, hidden, layers, heads, act, dropout, vocab",
    [
        ("base", 768, 12, 12, "gelu", 0.0, 30000),
        ("base_v1", 768, 12, 12, "gelu", 0.1, 30000),
        ("xlarge_v2", 2048, 24, 16, "gelu", 0.0, 30000),
        ("xxlarge_v1", 4096, 12, 64, "gelu", 0.0, 30000),
        ("xxlarge_zh", 4096, 12, 16, "relu", 0.0, 21128),
        ("tiny_zh", 312, 4, 12, "gelu", 0.0, 21128),
        ("small", 384, 6, 12, "gelu", 0.0, 30000),
    ],
)
def test_published_sizes(name, hidden, layers, heads, act, dropout, vocab):
    config = AlbertConfig.named(name)
    assert config.hidden_size == hidden
    assert config.num_hidden_layers == layers
    assert config.num_attention_heads == heads
    assert config.intermediate_size == 4 * hidden
    assert config.hidden_act == act
    assert config.hidden_dropout_prob == dropout
    assert config.attention_probs_dropout_prob == dropout
    assert config.vocab_size == vocab


def test_an_unknown_size_lists_the_known():
    with pytest.raises(ValueError, match="base_v1.*Received: 'huge'"):
        AlbertConfig.named("huge")

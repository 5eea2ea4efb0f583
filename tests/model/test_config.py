"""AlbertConfig: strict reading, published sizes."""

import json

import pytest
from absl import logging

from albert_tf import config as config_lib
from albert_tf.io import log_once

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
    "leftovers",
    [
        {"directionality": "bidi", "pooler_type": "first_token_transform"},
        {"pooler_fc_size": 768, "pooler_num_fc_layers": 3},
        {"pooler_num_attention_heads": 12, "pooler_size_per_head": 128},
        {"ln_type": "postln"},
        {"num_labels": 4, "finetuning_task": "lcqmc"},
        {"layer_norm_eps": 1e-12, "pad_token_id": 0},
    ],
)
def test_keys_that_decide_nothing_are_left_out_and_said(leftovers, caplog):
    log_once.info.cache_clear()
    logging.use_absl_handler()
    with caplog.at_level("INFO", logger="absl"):
        config = AlbertConfig.from_dict({"hidden_size": 24, **leftovers})
    assert config == AlbertConfig(hidden_size=24)
    assert f"no effect and are ignored: {', '.join(leftovers)}." in caplog.text


@pytest.mark.parametrize(
    "key, nearest",
    [
        ("hiden_size", "hidden_size"),
        ("num_hidden_layer", "num_hidden_layers"),
        ("vocabulary_size", "vocab_size"),
        ("pooler_fc_sizes", "pooler_fc_size"),
    ],
)
def test_an_unknown_key_and_the_nearest(key, nearest):
    with pytest.raises(ValueError, match=f"'{key}'. Did you mean {nearest}"):
        AlbertConfig.from_dict({key: 24})


def test_a_key_like_no_other():
    with pytest.raises(ValueError, match="'zzz'. Correct its spelling"):
        AlbertConfig.from_dict({"zzz": 1})


@pytest.mark.parametrize(
    "depth, groups, expected",
    [
        # albert_zh's albert_config_tiny_google_fast.json.
        (4, 12, [0, 3, 6, 9]),
        (3, 7, [0, 2, 4]),
        (5, 3, [0, 0, 1, 1, 2]),
        (12, 1, [0] * 12),
        # 15 / 22 * 22 is a little below 15.
        (22, 22, [*range(15), 14, *range(16, 22)]),
    ],
)
def test_groups_are_those_of_googles_code(depth, groups, expected):
    config = AlbertConfig(num_hidden_layers=depth, num_hidden_groups=groups)
    found = [config.set_of("ffn", layer) for layer in range(depth)]
    assert found == expected
    assert config.sets("ffn") == tuple(sorted(set(expected)))


@pytest.mark.parametrize("depth", [6, 12, 24, 48])
def test_groups_of_published_depths_are_even(depth):
    for groups in range(1, depth + 1):
        config = AlbertConfig(num_hidden_layers=depth, num_hidden_groups=groups)
        for layer in range(depth):
            found = config.set_of("attention", layer)
            assert found == layer * groups // depth


def test_halves_that_are_not_shared_have_a_set_for_each_layer():
    config = AlbertConfig(
        num_hidden_layers=22, num_hidden_groups=22, share_parameters="ffn"
    )
    assert config.sets("attention") == tuple(range(22))
    assert len(config.sets("ffn")) == 21


@pytest.mark.parametrize(
    "values, complaint",
    [
        ({"hiden_size": 24}, "hiden_size"),
        ({"net_structure_type": 1}, "net_structure_type"),
        ({"hidden_size": 25}, "num_attention_heads"),
        ({"num_hidden_layers": 0}, "num_hidden_layers"),
        ({"num_hidden_layers": 2.0}, "num_hidden_layers"),
        ({"num_hidden_layers": 10**9}, "at most 1000|num_hidden_layers"),
        ({"num_hidden_layers": 40, "inner_group_num": 40}, "at most 1000"),
        ({"num_hidden_groups": 10**6}, "num_hidden_groups"),
        ({"max_position_embeddings": 10**9}, "max_position_embeddings"),
        ({"vocab_size": True}, "vocab_size"),
        ({"vocab_size": "many"}, "vocab_size"),
        ({"hidden_dropout_prob": "0.1"}, "hidden_dropout_prob must be a"),
        ({"hidden_dropout_prob": None}, "hidden_dropout_prob must be a"),
        ({"initializer_range": float("nan")}, "initializer_range"),
        ({"initializer_range": [0.02]}, "initializer_range must be a"),
        ({"ln_type": "preln"}, "must be 'postln'.*architecture"),
        ({"directionality": "uni"}, "directionality"),
        ({"model_type": "albert"}, "'model_type', from a Hugging Face"),
        ({"architectures": ["AlbertModel"]}, "from a Hugging Face"),
        ({"layer_norm_eps": 1e-5}, "layer_norm_eps must be 1e-12"),
        ({"hidden_act": ["gelu"]}, "hidden_act"),
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
    nested = '{"a":' * 99 + "1" + "}" * 99
    for text in (
        "{",
        "[1]",
        "7",
        "[" * 100_000,
        nested,
        "\udcff\x00",
        json.dumps({"bogus": 1}),
        json.dumps({"vocab_size": {}}),
    ):
        content = text.encode("utf-8", "surrogateescape")
        (tmp_path / "bad.json").write_bytes(content)
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


def test_weights_of_layers_are_told_in_one_place():
    config = AlbertConfig(
        num_hidden_layers=5, num_hidden_groups=2, share_parameters="attention"
    )
    assert config.sets("attention") == (0, 1)
    assert config.layers_of("attention", 0) == (0, 1, 2)
    assert config.layers_of("ffn", 4) == (4,)
    assert config.shared_runs() == tuple(range(n, n + 1) for n in range(5))
    assert config.block_names(3) == [
        {"attention": "group_1_inner_0_attention", "ffn": "group_3_inner_0_ffn"}
    ]


@pytest.mark.parametrize("groups", [1, 2, 3, 5, 7])
def test_runs_are_all_layers_in_order(groups):
    config = AlbertConfig(
        num_hidden_layers=6, num_hidden_groups=groups, inner_group_num=2
    )
    runs = config.shared_runs()
    assert [layer for run in runs for layer in run] == list(range(6))
    for run in runs:
        assert all(
            config.block_names(layer) == config.block_names(run.start)
            for layer in run
        )
    used = [
        name
        for run in runs
        for names in config.block_names(run.start)
        for name in names.values()
    ]
    assert set(used) == {
        *config.set_names("attention"),
        *config.set_names("ffn"),
    }

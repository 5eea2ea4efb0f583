"""albert_tf.export of an embedding model: all forms, and the gate on pairs."""

import json

import embedding_models
import numpy as np
import pytest

import albert_tf

PAIRS = [
    ("the cat sees a house", "a house in winter", 2),
    ("the river leaves", "a letter", 0),
    ("every day in winter", "in winter every day", 5),
    ("the king builds it", "the bridge", 1),
    ("two apples", "two apples before noon", 4),
]


@pytest.fixture(scope="module")
def run(vocabulary, sizes, tmp_path_factory):
    folder = tmp_path_factory.mktemp("embedding") / "run"
    embedding_models.save(
        folder, vocabulary, sizes, prompts={"query": "query: "}
    )
    lines = ["sentence1\tsentence2\tscore"]
    lines += ["\t".join(map(str, row)) for row in PAIRS]
    (folder / "dev.tsv").write_text("\n".join(lines) + "\n")
    return folder


def export(run, output, **settings):
    return albert_tf.export(
        albert_tf.ExportConfig(
            checkpoint=run / "model.keras", output=output, **settings
        )
    )


@pytest.mark.slow
def test_all_forms(run, tmp_path):
    pytest.importorskip("tf2onnx")
    pytest.importorskip("ai_edge_litert")
    out = tmp_path / "export"
    result = export(
        run,
        out,
        formats="savedmodel,savedmodel_int8,litert,onnx,sentence_transformers",
        eval_file=run / "dev.tsv",
        text_column="sentence1",
        text_pair_column="sentence2",
        score_column="score",
        max_metric_drop=1.0,
    )
    compared = {each.format: each for each in result.compared}
    assert set(compared) == {
        *("savedmodel", "savedmodel_int8", "onnx/float32"),
        *("litert/float32", "litert/dynamic_int8", "litert/int8"),
    }
    assert {each.metric for each in result.compared} == {"spearman"}
    for name in ("savedmodel", "onnx/float32", "litert/float32"):
        assert compared[name].largest_difference < 1e-4
    config = json.loads((out / "config.json").read_text())
    assert config["kind"] == "embedding"
    assert config["embedding"]["prompts"] == {"query": "query: "}
    assert config["embedding_size"] == 16
    assert config["max_seq_length"] == embedding_models.LENGTH
    assert set(config["signatures"]) == {
        *("text", "serving_default", "pair", "explain_pair"),
        *("ids", "features"),
    }
    original = albert_tf.embedder(run / "model.keras")
    for place in (out, out / "sentence_transformers"):
        found = albert_tf.embedder(place)
        np.testing.assert_allclose(
            found.encode(embedding_models.TEXTS),
            original.encode(embedding_models.TEXTS),
            atol=1e-5,
        )
        assert found.fingerprint == original.fingerprint
    card = (out / "README.md").read_text()
    for text in (
        "embeddings of 16 numbers: the mean of the tokens' vectors, scaled to",
        "prompt before each query: `'query: '`",
        "SentenceTransformer(",
        "albert_tf.embedder(",
        "it is no probability",
        "spearman",
    ):
        assert text in card
    assert "calibrated" not in card


def test_rounded_weights_need_pairs(run, tmp_path):
    with pytest.raises(ValueError, match="tested on labeled examples"):
        export(run, tmp_path / "out", formats="savedmodel_int8")
    assert not (tmp_path / "out").exists()

"""Exports of a model that writes texts: the texts are the model's own."""

import json

import numpy as np
import orjson
import pytest
import tensorflow as tf
import writing_models
from writing_models import TEXTS

import albert_tf
from albert_tf.serving.models import requests
from albert_tf.serving.models import rows as rows_lib
from albert_tf.workflows.exporting import served_form
from data_pipeline.text import tokenizers


@pytest.fixture(scope="module")
def run(vocabulary, sizes, tmp_path_factory):
    """The folder of a model of random weights, and the model."""
    folder = tmp_path_factory.mktemp("writer")
    return str(folder), writing_models.write(folder, vocabulary, sizes)


@pytest.fixture(scope="module")
def export(run):
    """An export that passed the gate on four pairs of texts."""
    pytest.importorskip("sacrebleu")
    folder, _ = run
    rows = [
        {"text": text, "target": target}
        for text, target in zip(TEXTS, reversed(TEXTS), strict=True)
    ]
    data = f"{folder}/dev.jsonl"
    with open(data, "w") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    result = albert_tf.export(
        albert_tf.ExportConfig(
            checkpoint=folder,
            output=f"{folder}/export",
            formats=("savedmodel", "litert"),
            litert_quantizations=("float32",),
            max_metric_drop=1.0,
            eval_file=data,
        )
    )
    return f"{folder}/export", result


def expected(run, vocabulary, text, options):
    """The texts that the model writes for a text, and their scores."""
    tokenizer = tokenizers.load(vocabulary)
    room = writing_models.SIZES["max_seq_length"] - 2
    ids = tokenizer.encode(text)[:room]
    row = tf.constant([[tokenizer.cls_id, *ids, tokenizer.sep_id]])
    inputs = {"token_ids": row, "segment_ids": tf.zeros_like(row)}
    outputs = run[1].generate(inputs, options)
    rows = zip(
        outputs["sequences"][0].numpy(),
        outputs["lengths"][0].numpy(),
        strict=True,
    )
    texts = [tokenizer.decode(ids[:length]) for ids, length in rows]
    return texts, outputs["scores"][0].numpy()


def check(answers, run, vocabulary):
    options = albert_tf.DecodingOptions(
        beam_size=3, n_best=3, length_penalty=0.7
    )
    for answer, text in zip(answers, TEXTS, strict=True):
        texts, scores = expected(run, vocabulary, text, options)
        assert answer["texts"] == texts and answer["text"] == texts[0]
        assert answer["scores"] == pytest.approx(scores, abs=1e-4)
        assert answer["score"] == answer["scores"][0]
    assert [answer["truncated"] for answer in answers] == [
        *(False, False, True, False)
    ]
    assert len({answer["text"] for answer in answers}) > 1


@pytest.mark.slow
def test_a_run_writes_what_its_model_does(run, vocabulary):
    predictor = albert_tf.predictor(run[0])
    assert predictor.kind == "generation" and predictor.inputs == ("texts",)
    check(predictor(TEXTS), run, vocabulary)
    best = albert_tf.predictor(run[0], top_k=1)(TEXTS[0])
    assert best["texts"] == [best["text"]] and len(best["scores"]) == 1
    greedy = albert_tf.DecodingOptions(beam_size=1, max_length=5)
    found = albert_tf.predictor(run[0], decoding=greedy)(TEXTS[0])
    texts, _ = expected(run, vocabulary, TEXTS[0], greedy)
    assert found["texts"] == texts and len(texts) == 1


def test_only_weights_that_write_take_other_decoding(run, tmp_path):
    options = albert_tf.DecodingOptions(max_length=40)
    with pytest.raises(ValueError, match="40 and 12"):
        albert_tf.predictor(run[0], decoding=options)
    (tmp_path / "saved_model.pb").touch()
    with pytest.raises(ValueError, match="writes as it was exported"):
        albert_tf.predictor(tmp_path, decoding=options)


@pytest.mark.slow
def test_an_export_writes_what_its_model_does(run, export, vocabulary):
    folder, result = export
    check(albert_tf.predictor(folder)(TEXTS), run, vocabulary)
    forms = {each.format: each for each in result.compared}
    assert set(forms) == {"savedmodel", "litert/float32"}
    for name in forms:
        assert forms[name].metric == "chrf" and forms[name].drop == 0
        assert 0 < forms[name].original < 1
    config = json.load(open(f"{folder}/config.json"))
    assert config["decoding"]["beam_size"] == config["decoding"]["n_best"] == 3
    card = open(f"{folder}/README.md").read()
    assert "writes texts of at most 12 tokens, by a search that keeps 3" in card
    assert "not calibrated" not in card


@pytest.mark.slow
def test_a_server_answers_the_same(export):
    folder, _ = export
    texts = np.array([text.encode() for text in TEXTS], object)
    model = served_form.load("writer", folder, "savedmodel")
    together = albert_tf.predictor(folder, explain=True)(TEXTS)
    for name in ("text", "explain"):
        signature = model.signatures[name]
        parts = rows_lib.split(
            signature.call({"texts": texts}), [1] * 4, signature.padded
        )
        for text, part, other in zip(TEXTS, parts, together, strict=True):
            content = {"signature_name": name, "instances": [{"texts": text}]}
            request = requests.parse(orjson.dumps(content), model, 9)
            alone = requests.answer(signature.call(request.columns), True)
            (alone,) = orjson.loads(alone)["predictions"]
            (answer,) = orjson.loads(requests.answer(part, True))["predictions"]
            assert_alike(answer, alone)
            own = {**other}.pop("explanation") if name == "explain" else other
            assert_alike(answer, {key: own[key] for key in answer})


def assert_alike(answer, other):
    assert answer.keys() == other.keys()
    for key, value in other.items():
        if key in ("score", "scores", "attention"):
            np.testing.assert_allclose(answer[key], value, atol=1e-4)
        else:
            assert answer[key] == value


@pytest.mark.slow
def test_attention_is_that_of_the_model(run, export, vocabulary):
    _, model = run
    tokenizer = tokenizers.load(vocabulary)
    text = TEXTS[0]
    answer = albert_tf.predictor(export[0], explain=True)(text)
    found = answer["explanation"]
    ids = [tokenizer.cls_id, *tokenizer.encode(text), tokenizer.sep_id]
    assert found["pieces"] == [tokenizer.pieces[i] for i in ids]
    covered = [
        text[start:end]
        for start, end in zip(found["starts"], found["ends"], strict=True)
        if start >= 0
    ]
    assert "".join(covered).replace(" ", "") == text.replace(" ", "")
    pieces = [tokenizer.pieces.index(piece) for piece in found["written"]]
    assert tokenizer.decode(pieces) == answer["text"]
    target = tf.constant([[tokenizer.cls_id, *pieces]])
    row = tf.constant([ids])
    weights = model.cross_attention(
        {
            "token_ids": row,
            "segment_ids": tf.zeros_like(row),
            "target_ids": target,
        }
    )
    np.testing.assert_allclose(
        found["attention"], weights[0].numpy().mean((0, 1)), atol=1e-5
    )
    np.testing.assert_allclose(np.sum(found["attention"], -1), 1, atol=1e-4)


@pytest.mark.slow
def test_litert_is_served(export):
    folder, _ = export
    texts = np.array([text.encode() for text in TEXTS], object)
    model = served_form.load("writer", folder, "litert/float32")
    expected = served_form.load("writer", folder, "savedmodel")
    answers = model.signatures["text"].call({"texts": texts})
    theirs = expected.signatures["text"].call({"texts": texts})
    for name in ("text", "texts", "truncated"):
        np.testing.assert_array_equal(answers[name], theirs[name])
    np.testing.assert_allclose(answers["scores"], theirs["scores"], atol=1e-4)


@pytest.mark.parametrize(
    "changes, received",
    [
        ({"formats": ("savedmodel", "onnx")}, "Received: onnx. "),
        ({"formats": ("openvino",)}, "Received: openvino. "),
        ({"formats": ("huggingface",)}, "Received: huggingface. "),
        (
            {"formats": ("litert",), "litert_quantizations": ("int8",)},
            "Received: litert/int8. ",
        ),
    ],
)
def test_forms_without_a_loop_are_refused(run, tmp_path, changes, received):
    with pytest.raises(ValueError, match=received):
        albert_tf.export(
            albert_tf.ExportConfig(
                checkpoint=run[0], output=str(tmp_path / "export"), **changes
            )
        )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("to", ["google", "huggingface", "keras_hub"])
def test_formats_of_others_are_refused(run, tmp_path, to):
    with pytest.raises(ValueError, match="head"):
        albert_tf.convert(
            albert_tf.ConvertConfig(
                input=run[0], output=str(tmp_path / "out"), to=to
            )
        )
    assert not (tmp_path / "out").exists()

"""Models of every kind, pushed to a Hub and read from there."""

import json

import numpy as np
import published_runs
import pytest
from pushes import ADDRESS
from pushes import front_matter
from pushes import push

import albert_tf

INPUTS = {
    "pretraining": "the [MASK] sees a house",
    "classification": "the cat sees a house",
    "pairs": ("the cat sees a house", "in winter"),
    "multilabel": "the cat sees a house",
    "regression": "the cat sees a house",
    "multiple_choice": ("the cat", ["sees a house", "leaves the road"]),
    "tagging": "the cat sees a house in winter",
    "span": ("who sees it?", "the cat sees a house in winter"),
}

PIPELINES = {
    "pretraining": "fill-mask",
    "classification": "text-classification",
    "pairs": "text-classification",
    "multilabel": "text-classification",
    "regression": "text-classification",
    "multiple_choice": None,
    "tagging": "token-classification",
    "span": "question-answering",
}

AUTO_MODELS = {
    "classification": "AutoModelForSequenceClassification",
    "pairs": "AutoModelForSequenceClassification",
    "tagging": "AutoModelForTokenClassification",
    "span": "AutoModelForQuestionAnswering",
}


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(
            kind, marks=[pytest.mark.slow] * (kind not in ("pairs", "tagging"))
        )
        for kind in INPUTS
    ],
)
def test_every_kind_is_known_on_the_hub(hub, trained, kind):
    push(trained(kind), yes=True)
    mine, theirs = albert_tf.load(trained(kind)), albert_tf.load(ADDRESS)
    assert type(theirs) is type(mine)
    files = hub.files["me/mine"]
    fields = front_matter(files["README.md"].decode())
    assert fields.pipeline_tag == PIPELINES[kind]
    if kind != "pretraining":
        task = json.loads((trained(kind).parent / "task.json").read_text())
        assert json.loads(files["task.json"])["tasks"] == task["tasks"]
    code = files["README.md"].decode().split("```python\n")[1:]
    for block in code:
        compile(block.split("```")[0], "card", "exec")


@pytest.mark.slow
@pytest.mark.parametrize("kind", INPUTS)
def test_every_kind_answers_the_same_from_the_hub(hub, trained, kind):
    push(trained(kind), yes=True)
    ours = albert_tf.predictor(trained(kind))(INPUTS[kind])
    theirs = albert_tf.predictor(ADDRESS)(INPUTS[kind])
    assert theirs.keys() == ours.keys()
    for key, value in ours.items():
        if isinstance(value, float | list) and key in (
            "probabilities",
            "value",
            "score",
            "null_score",
        ):
            np.testing.assert_allclose(theirs[key], value, atol=1e-5)
        else:
            assert theirs[key] == value, key


@pytest.mark.interop
@pytest.mark.parametrize("kind", ["classification", "pairs", "tagging", "span"])
def test_transformers_reads_what_was_pushed(hub, trained, kind):
    transformers = pytest.importorskip("transformers")
    torch = pytest.importorskip("torch")
    push(trained(kind), yes=True)
    given = INPUTS[kind]
    texts = given if isinstance(given, tuple) else (given,)
    tokenizer = transformers.AutoTokenizer.from_pretrained("me/mine")
    found = getattr(transformers, AUTO_MODELS[kind]).from_pretrained("me/mine")
    with torch.no_grad():
        theirs = found(**tokenizer(*texts, return_tensors="pt"))
    encoded = tokenizer(*texts)
    ids = np.array([encoded["input_ids"]], np.int32)
    model = albert_tf.load(trained(kind))
    ours = model(
        {
            "token_ids": ids,
            "segment_ids": np.array([encoded["token_type_ids"]], np.int32),
            "padding_mask": np.ones_like(ids),
        }
    )
    for name, value in ours.items():
        if name in theirs:
            expected = theirs[name].numpy()
            np.testing.assert_allclose(value, expected, atol=1e-4)
    assert {*ours} & {*theirs.keys()}
    if kind != "span":
        labels = json.loads((trained(kind).parent / "task.json").read_text())
        labels = labels["tasks"]["custom"]["labels"]
        assert [*found.config.id2label.values()] == labels
    if kind == "classification":
        pipeline = transformers.pipeline("text-classification", "me/mine")
        (answer,) = pipeline(given)
        assert answer["label"] == labels[int(np.argmax(ours["logits"]))]


def test_an_encoder_without_a_head(hub, make_published):
    folder = published_runs.without_head(make_published("x", "y"))
    push(folder, yes=True)
    text = hub.files["me/mine"]["README.md"].decode()
    assert front_matter(text).pipeline_tag == "feature-extraction"
    assert "turns a text into vectors" in text and "predictor" not in text
    assert isinstance(albert_tf.load(ADDRESS), albert_tf.AlbertPretrainer)

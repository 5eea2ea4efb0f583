"""Words, tags and entities of exported taggers, piece by piece."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from data_pipeline.answers import answer_modules
from data_pipeline.answers import entities
from data_pipeline.tasks import example_types
from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks.kinds import task_kind
from data_pipeline.tasks.tags import tag_features
from data_pipeline.tasks.tags import tag_schemes
from data_pipeline.text import tokenizers
from data_pipeline.text.graph import words

LABELS = ["O", "B-P", "I-P", "B-L", "I-L"]


@settings(deadline=None, max_examples=30)
@given(
    st.sampled_from(tag_schemes.SCHEMES[:-1]),
    st.lists(st.lists(st.integers(0, len(LABELS) - 1)), min_size=1, max_size=4),
)
def test_tags_have_the_scheme_of_the_data(scheme, texts):
    numbers = tf.ragged.constant(texts, tf.int64, ragged_rank=1)
    found, _ = entities.EntityTags(LABELS, scheme)(
        numbers.flat_values, numbers.with_flat_values(numbers.flat_values)
    )
    expected = [
        tag
        for text in texts
        for tag in tag_schemes.from_bio([LABELS[n] for n in text], scheme)
    ]
    assert [tag.decode() for tag in found.numpy()] == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("don't U.S. 3.5, a_b", "don't U.S. 3.5 , a_b"),
        ("``hi'' it--so...", "`` hi '' it -- so ..."),
        # Chinese is tagged a character a word, with all that touches it.
        ("看DotA2吧", "看 D o t A 2 吧"),
        ("（dhc.sai）成龙 WE.i-Rocks", "（ d h c . s a i ） 成 龙 WE.i-Rocks"),
        ("iPhoneを", "i P h o n e を"),
        ("สวัสดี", "ส วั ส ดี"),
        ("Tokyo (東京) is", "Tokyo ( 東 京 ) is"),
        ("a\u3000b\u00a0c\u2003d\n e", "a b c d e"),
        ("e\u0301te\u0301 😀!", "e\u0301te\u0301 😀 !"),
        ("", ""),
        (" \n", ""),
    ],
)
def test_words_of_texts(text, expected):
    found = words.split(tf.constant([text, "a", text]))
    texts = [word.decode() for word in found.words[2].numpy()]
    assert texts == expected.split(" ") if expected else texts == []
    starts, ends = found.starts.numpy(), found.ends.numpy()
    count = len(texts)
    assert [text[a:b] for a, b in zip(starts, ends, strict=True)][:count] == (
        texts
    )


def test_no_texts_have_no_words():
    assert words.split(tf.constant([], tf.string)).words.shape[0] == 0


@pytest.mark.parametrize("learned", [False, True])
def test_answers_are_those_of_evaluation(vocabulary, learned):
    tokenizer = tokenizers.load(vocabulary)
    rng = np.random.default_rng(0)
    sentences = [["the", "cat", "zebra"] * 5, ["a"], ["w" * 40, "it"]]
    examples = [
        example_types.TaggedExample(str(number), tuple(own))
        for number, own in enumerate(sentences)
    ]
    row = {"kind": "tagging", "labels": LABELS, "scheme": "BIOES"}
    if learned:
        row["transitions"] = rng.normal(0, 2, [6, 6]).tolist()
    module = answer_modules.make(row, tokenizer, max_seq_length=12)["words"]
    # Logits follow from the token and its place in the row.
    table = rng.normal(0, 2, [tokenizer.vocab_size + 12, 5])

    def logits(ids):
        places = tokenizer.vocab_size + np.arange(ids.shape[1])
        return (table[ids] + table[places]).astype(np.float32)

    features = tag_features.encode(
        examples, tokenizer, LABELS, max_seq_length=12
    )
    ids = features.tables["token_ids"].to_tensor().numpy()
    assert len(ids) > len(examples)
    outputs = {"logits": logits(ids)}
    if learned:
        outputs["transitions"] = np.array(row["transitions"])
    split = splits.Split("dev", "file", examples, ["0", "1", "2"])
    kind = kinds.KINDS["tagging"]
    encoded = task_kind.Encoded(split, features)
    predicted = kind.predict(encoded, outputs, LABELS, None)
    shown = kind.shown(
        kinds.custom_task("tagging"),
        encoded,
        task_kind.Predictions(predicted, outputs),
        LABELS,
        "BIOES",
        0.0,
    )
    padded = [[*own, *[""] * 15][:15] for own in sentences]
    rows, context = module.rows(words=tf.constant(padded))
    own = {"logits": tf.constant(logits(rows["token_ids"].numpy()))}
    found = {k: v.numpy() for k, v in module.answer(own, context).items()}
    for number, answer in enumerate(shown):
        tags = [tag.decode() for tag in found["tags"][number] if tag]
        assert tags == answer["prediction"]
        assert not [*tag_schemes.check([tags], "BIOES")]
        entities = answer["entities"]
        texts = [text.decode() for text in found["entities"][number] if text]
        assert texts == [entity["text"] for entity in entities]
        np.testing.assert_allclose(
            found["probabilities"][number, : len(entities)],
            [entity["probability"] for entity in entities],
            atol=1e-4,
        )
    target = module.target(own, context).numpy()
    assert target.shape == (len(ids),) and np.isfinite(target).all()

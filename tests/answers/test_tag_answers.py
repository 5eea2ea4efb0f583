"""Words, tags and entities of exported taggers, piece by piece."""

import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from data_pipeline.answers import entities
from data_pipeline.tasks.tags import tag_schemes
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

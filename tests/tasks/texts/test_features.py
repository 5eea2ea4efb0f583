"""Texts, pairs and choices to rows."""

import numpy as np
import pytest

from data_pipeline.tasks import example_types
from data_pipeline.tasks.texts import long_texts
from data_pipeline.tasks.texts import text_features
from data_pipeline.text import tokenizers


@pytest.mark.parametrize("first", range(9))
@pytest.mark.parametrize("second", range(9))
def test_pairs_are_cut_as_the_original_does(first, second):
    a, b = list(range(first)), list(range(second))
    wanted_a, wanted_b = list(a), list(b)
    while len(wanted_a) + len(wanted_b) > 7:
        longer = wanted_a if len(wanted_a) > len(wanted_b) else wanted_b
        longer.pop()
    assert long_texts.cut((a, b), 10) == (wanted_a, wanted_b)


def test_rows_of_texts_and_choices(vocabulary):
    tokenizer = tokenizers.load(vocabulary)
    cat, dog = tokenizer.encode("cat"), tokenizer.encode("dog")
    cls, sep = tokenizer.cls_id, tokenizer.sep_id
    made = text_features.encode_texts(
        [example_types.TextExample("0", ("cat", "dog")), None],
        tokenizer,
        np.array([1]),
        20,
    )
    np.testing.assert_array_equal(
        made.sequences["token_ids"], [cls, *cat, sep, *dog, sep]
    )
    np.testing.assert_array_equal(
        made.sequences["segment_ids"],
        [0] * (len(cat) + 2) + [1] * (len(dog) + 1),
    )
    made = text_features.encode_choices(
        [example_types.ChoiceExample("0", "cat " * 30, ("dog dog", "dog"), 1)],
        tokenizer,
        16,
        max_qa_length=len(dog),
    )
    assert len(made) == 1 and made.rows_per_item == 2
    np.testing.assert_array_equal(made.lengths, [16])
    np.testing.assert_array_equal(
        made.sequences["token_ids"][:16],
        [cls, *(cat * 30)[: 13 - len(dog)], sep, *dog, sep],
    )

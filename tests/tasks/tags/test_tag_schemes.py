import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import sequence_labeling

from data_pipeline.tasks import row_problems
from data_pipeline.tasks.tags import conll
from data_pipeline.tasks.tags import tag_schemes

SENTENCE = {
    "BIO": "O B-P I-P O B-P B-P O B-L B-P".split(),
    "IOB1": "O I-P I-P O I-P B-P O I-L I-P".split(),
    "IOE1": "O I-P I-P O E-P I-P O I-L I-P".split(),
    "IOE2": "O I-P E-P O E-P E-P O E-L E-P".split(),
    "BIOES": "O B-P E-P O S-P S-P O S-L S-P".split(),
    "BMES": "O B-P E-P O S-P S-P O S-L S-P".split(),
    "BILOU": "O B-P L-P O U-P U-P O U-L U-P".split(),
    "BMEWO": "O B-P E-P O W-P W-P O W-L W-P".split(),
}
MARKED = list(SENTENCE)
SPANS = st.lists(
    st.tuples(st.integers(1, 4), st.sampled_from(["", "P", "L-2"])),
    max_size=6,
)


def bio(spans):
    tags = []
    for length, kind in spans:
        first, rest = (f"B-{kind}", f"I-{kind}") if kind else ("O", "O")
        tags += [first, *[rest] * (length - 1)]
    return tags


@pytest.mark.parametrize("scheme", MARKED)
def test_the_same_sentence_in_each(scheme):
    tags = SENTENCE[scheme]
    assert tag_schemes.to_bio(tags, scheme) == SENTENCE["BIO"]
    assert tag_schemes.from_bio(SENTENCE["BIO"], scheme) == tags
    assert list(tag_schemes.check([tags], scheme)) == []


@given(st.sampled_from(MARKED), SPANS)
def test_conversions_round_trip(scheme, spans):
    tags = bio(spans)
    there = tag_schemes.from_bio(tags, scheme)
    assert list(tag_schemes.check([there], scheme)) == []
    assert tag_schemes.to_bio(there, scheme) == tags
    again = tag_schemes.to_bio(there, scheme)
    assert tag_schemes.from_bio(again, scheme) == there


def test_long_entities():
    tags = ["B-X", "I-X", "I-X", "I-X"]
    assert tag_schemes.from_bio(tags, "BIOES") == ["B-X", "I-X", "I-X", "E-X"]
    assert tag_schemes.from_bio(tags, "BMES") == ["B-X", "M-X", "M-X", "E-X"]
    assert tag_schemes.from_bio(tags, "BILOU") == ["B-X", "I-X", "I-X", "L-X"]
    assert tag_schemes.from_bio(tags, "BMEWO") == ["B-X", "M-X", "M-X", "E-X"]
    assert tag_schemes.from_bio(tags, "IOE2") == ["I-X", "I-X", "I-X", "E-X"]


def test_tags_of_no_scheme_are_no_entities():
    for scheme in MARKED:
        tags = ["0", "X-P", "B_P", "OI-P", "b-P", "", "-", "P"]
        assert tag_schemes.to_bio(tags, scheme) == ["O"] * len(tags)


@given(
    st.lists(
        st.sampled_from(["O", *(f"{a}-{b}" for a in "BIES" for b in "PL")])
    )
)
def test_broken_tags_are_read_as_seqeval_does(tags):
    entities = sequence_labeling.get_entities(tags)
    ours = tag_schemes.to_bio(tags, "BIOES")
    assert sequence_labeling.get_entities(ours) == entities
    assert list(tag_schemes.check([ours], "BIO")) == []


@pytest.mark.parametrize(
    "tags, scheme",
    [
        ("O B-P I-P O B-P", "BIO"),
        ("B-P O B-L", "BIO"),
        ("B-P I-P I-P I-P", "BIO"),
        ("B-P O B-P I-P O I-P", "BIO"),  # one error
        ("O I-P I-P O I-P B-P", "IOB1"),
        ("O I-P I-P O I-L", "IOB1"),
        ("B-P I-P E-P O S-P", "BIOES"),
        ("B-P M-P E-P O S-P", "BMES"),
        ("B-P L-P O U-P", "BILOU"),
        ("O U-P", "BILOU"),
        ("B-P M-P E-P O W-P", "BMEWO"),
        ("I-P E-P O E-L", "IOE2"),
        ("I-P I-P O I-L E-L I-L I-L", "IOE1"),
        ("B-P I-P O B-P O E-P", "BIO"),  # one error
        ("B-P I-P O 0", "BIO"),
        ("B-P I-P 0 0 0 0", "BIO"),  # "O" written in another way
        ("B-P M-P I-P", "none"),
        ("NN VB O B", "none"),
        ("B-P I-P NN", "none"),
        ("X-P Y-P", "none"),
        ("O O", "none"),
    ],
)
def test_detect(tags, scheme):
    assert tag_schemes.detect([tags.split()]) == scheme


@pytest.mark.parametrize(
    "scheme, tags, faults",
    [
        ("BIO", "I-P O B-P I-L", [(0, "starts"), (3, "I-L follows B-P")]),
        ("BIO", "B-P E-P", [(1, "not a tag of BIO")]),
        ("IOB1", "I-P O B-P", [(2, "B-P follows O")]),
        ("BIOES", "B-P O E-P", [(1, "O follows B-P"), (2, "E-P follows O")]),
        ("BIOES", "S-P I-P E-P B-P", [(1, "I-P follows S-P"), (3, "ends")]),
        ("BMES", "B-P M-P S-P", [(2, "S-P follows M-P")]),
        ("BMES", "B-P M-P E-L", [(2, "E-L follows M-P")]),
        ("BILOU", "B-P U-P L-P", [(1, "U-P follows"), (2, "L-P follows")]),
        ("IOE1", "E-P I-P O E-P", [(3, "ends the sentence")]),
        ("IOE2", "I-P E-P I-P", [(2, "ends the sentence")]),
        ("none", "I-P NN", []),
    ],
)
def test_check_names_the_place(scheme, tags, faults):
    found = list(tag_schemes.check([["O"], tags.split()], scheme))
    assert [(1, word) for word, _ in faults] == [fault[:2] for fault in found]
    for (_, text), (_, _, message) in zip(faults, found, strict=True):
        assert text in message


@pytest.mark.shared
@pytest.mark.parametrize(
    "name, column, scheme, broken",
    [
        ("ner/conll2003/valid.txt", -1, "BIO", 0),
        ("ner/conll2003/valid.txt", 2, "BIO", 0),
        ("ner/conll2003/valid.txt", 1, "none", 0),
        ("zh/dev.char.bmes", -1, "BMES", 0),
        # Two entities go on in the next sentence.
        ("zh/train.char.bmes", -1, "BMES", 4),
    ],
)
def test_real_files(shared, name, column, scheme, broken):
    path = str(shared / "data" / name)
    sentences = conll.read(path, row_problems.Problems(), tag_column=column)
    tags = [sentence.tags for sentence in sentences]
    assert tag_schemes.detect(tags) == scheme
    faults = list(tag_schemes.check(tags, scheme))
    assert len(faults) == broken
    wrong = {sentence for sentence, _, _ in faults}
    for number, sentence in enumerate(tags):
        there = tag_schemes.to_bio(sentence, scheme)
        back = tag_schemes.from_bio(there, scheme)
        assert (back == list(sentence)) == (number not in wrong)


@pytest.mark.parametrize("scheme", MARKED)
def test_every_scheme_is_found_in_real_data(scheme):
    # Each kind of entity: long and short, touching and not.
    tags = tag_schemes.from_bio(
        "O B-P I-P I-P O B-P B-P I-P O B-L B-P I-P I-P B-P".split(), scheme
    )
    for slips in (0, 1, 2):
        slip = ["O", "0", "O"]
        assert tag_schemes.detect([tags] * 5 + [slip] * slips) == scheme
    assert tag_schemes.detect([tags], expected="BMES") == scheme
    for few in ([], ["O", "O"]):
        assert tag_schemes.detect([few], expected=scheme) == "none"

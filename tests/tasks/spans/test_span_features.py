"""Windows: their tokens, characters and labels."""

import numpy as np
import pytest

from data_pipeline.tasks import example_types
from data_pipeline.tasks import row_problems
from data_pipeline.tasks.spans import span_features
from data_pipeline.tasks.spans import span_windows
from data_pipeline.tasks.spans import squad
from data_pipeline.text import tokenizers

CLS, SEP = 90, 91


def lay_out(question_ids, length, answer, max_seq_length, doc_stride):
    """Windows of one question on tokens 10, 11, ..., of three characters."""
    begins = np.arange(length) * 3
    return span_windows.lay_out(
        span_windows.Questions(
            span_windows.ragged([question_ids]),
            context=np.array([0]),
            example=np.array([4]),
            first=np.array([answer[0]]),
            last=np.array([answer[1]]),
            labelled=np.array([True]),
        ),
        span_windows.ragged([list(range(10, 10 + length))]),
        np.stack([begins, begins + 2], axis=1),
        max_seq_length=max_seq_length,
        doc_stride=doc_stride,
        cls_id=CLS,
        sep_id=SEP,
    )


def test_the_windows_of_the_drawing():
    features = lay_out([5], 7, (3, 4), max_seq_length=8, doc_stride=2)
    rows = np.split(features.sequences["token_ids"], features.row_splits[1:-1])
    assert [row.tolist() for row in rows] == [
        [CLS, 5, SEP, 10, 11, 12, 13, SEP],
        [CLS, 5, SEP, 12, 13, 14, 15, SEP],
        [CLS, 5, SEP, 14, 15, 16, SEP],
    ]
    first = {k: v[:8].tolist() for k, v in features.sequences.items()}
    assert first["segment_ids"] == [0, 0, 0, 1, 1, 1, 1, 1]
    assert first["span_mask"] == [1, 0, 0, 1, 1, 1, 1, 0]
    assert first["char_starts"] == [-1, -1, -1, 0, 3, 6, 9, -1]
    assert first["char_ends"] == [-1, -1, -1, 2, 5, 8, 11, -1]
    # Tokens 2 and 5 are alike on the edge of two windows; the first takes 2, as
    # it is as long as the second, and the second 5, as the third is shorter.
    assert features.sequences["is_max_context"].tolist() == [
        *[0, 0, 0, 1, 1, 1, 0, 0],
        *[0, 0, 0, 0, 1, 1, 0, 0],
        *[0, 0, 0, 0, 1, 1, 0],
    ]
    # Tokens 3 and 4 are both in the second window only.
    assert features.labels["start_positions"].tolist() == [0, 4, 0]
    assert features.labels["end_positions"].tolist() == [0, 5, 0]
    assert features.labels["unanswerable"].tolist() == [1, 0, 1]
    assert features.example.tolist() == [4, 4, 4]


def slow_max_context(begins, sizes, token):
    """Google's rule: the number of the first window with the best score."""
    scores = []
    for begin, size in zip(begins, sizes, strict=True):
        left, right = token - begin, begin + size - 1 - token
        inside = left >= 0 and right >= 0
        scores.append(min(left, right) + 0.01 * size if inside else -1)
    return scores.index(max(scores))


@pytest.mark.parametrize("seed", range(40))
def test_each_context_token_is_once_in_its_best_window(seed):
    rng = np.random.default_rng(seed)
    length, room = rng.integers(1, 400, 2)
    features = lay_out(
        [5, 6], length, (-1, -1), room + 5, doc_stride=rng.integers(1, 200)
    )
    ids = features.sequences["token_ids"]
    rows = np.repeat(np.arange(len(features)), np.diff(features.row_splits))
    in_context = features.sequences["char_starts"] >= 0
    begins = [ids[a + 4] - 10 for a in features.row_splits[:-1]]
    sizes = np.diff(features.row_splits) - 5
    assert sizes.max() <= room
    best = features.sequences["is_max_context"] > 0
    assert not (best & ~in_context).any()
    assert sorted(ids[best] - 10) == list(range(length))
    for token, row in zip(ids[best] - 10, rows[best], strict=True):
        assert row == slow_max_context(begins, sizes, token)


@pytest.fixture(scope="module")
def tokenizer(vocabulary):
    return tokenizers.load(vocabulary)


def example(context, answers, name="q"):
    return example_types.SpanExample(name, "who follows?", context, answers)


def answer_texts(features, examples):
    """By item, the characters of the labelled tokens; None where [CLS] is."""
    starts, ends = (
        features.sequences[name][features.row_splits[:-1] + features.labels[at]]
        for name, at in [
            ("char_starts", "start_positions"),
            ("char_ends", "end_positions"),
        ]
    )
    return [
        None if start < 0 else examples[number].context[start:end]
        for number, start, end in zip(
            features.example, starts, ends, strict=True
        )
    ]


def test_labels_of_the_first_answer_of_none_and_without_labels(tokenizer):
    text = "The cat sees  a house. The king follows it."
    examples = [
        example(text, ((23, "The king"), (0, "The"))),
        None,
        example(text, ()),
        example(text, None),
    ]
    features = span_features.encode(examples, tokenizer)
    assert features.example.tolist() == [0, 2, 3]
    assert answer_texts(features, examples)[0] == "The king"
    assert features.labels["unanswerable"].tolist() == [0, 1, -1]
    assert features.labels["start_positions"].tolist()[1:] == [0, -1]
    assert features.labels["end_positions"].tolist()[1:] == [0, -1]
    assert all(v.dtype == np.int32 for v in features.labels.values())


def test_a_question_is_cut_and_no_window_is_too_long(tokenizer):
    text = "The cat sees a house. " * 20
    features = span_features.encode(
        [example(text, ())],
        tokenizer,
        max_seq_length=20,
        doc_stride=8,
        max_query_length=3,
    )
    assert len(features) > 5
    row = features.sequences["token_ids"][: features.row_splits[1]].tolist()
    assert row[:5] == [
        tokenizer.cls_id,
        *tokenizer.encode("who follows?")[:3],
        tokenizer.sep_id,
    ]
    assert features.lengths.max() == 20
    best = features.sequences["is_max_context"] > 0
    assert features.sequences["token_ids"][best].tolist() == tokenizer.encode(
        text
    )


def assert_same(a, b):
    assert a.row_splits.tolist() == b.row_splits.tolist()
    assert a.example.tolist() == b.example.tolist()
    for mine, theirs in [(a.sequences, b.sequences), (a.labels, b.labels)]:
        assert mine.keys() == theirs.keys()
        for name, values in mine.items():
            assert values.dtype == theirs[name].dtype == np.int32
            assert np.array_equal(values, theirs[name]), name


def test_workers_and_chunks_do_not_show(tokenizer, monkeypatch):
    texts = [f"The cat sees house {i}. It crosses. " * 5 for i in range(12)]
    examples = [example(t, ((4, "cat"),)) for t in texts for _ in range(2)]
    examples.insert(3, None)
    settings = {"max_seq_length": 50, "doc_stride": 9, "max_query_length": 20}
    whole = span_features.encode(examples, tokenizer, **settings)
    monkeypatch.setattr(span_features, "_CHUNK", 300)
    monkeypatch.setattr(span_features, "_WORTH_PROCESSES", 2)
    for num_workers in (1, 2):
        cut = span_features.encode(
            examples, tokenizer, num_workers=num_workers, **settings
        )
        assert_same(whole, cut)


def test_an_answer_that_no_token_stands_for(tokenizer):
    examples = [
        example("The cat\u0301 sees.", ((7, "\u0301"),)),  # of the "t"
        example("The cat sees.   It follows.", ((14, " "),), "lost"),
    ]
    features = span_features.encode(examples, tokenizer)
    assert features.labels["unanswerable"].tolist() == [0, -1]
    assert features.labels["start_positions"][1] == -1
    problems = row_problems.Problems("skip")
    features = span_features.encode(examples, tokenizer, problems=problems)
    assert features.example.tolist() == [0]
    assert problems.count == 1
    with pytest.raises(ValueError, match="a.json, question lost: Some token"):
        span_features.encode(
            examples,
            tokenizer,
            problems=row_problems.Problems("stop"),
            path="a.json",
        )


def test_an_answer_of_one_character_that_is_several_words(tokenizer):
    # Four words in the compatibility form, all of the one character.
    text = "h\ufdfaa"
    ids, offsets = tokenizer.encode_with_offsets(text)
    of_it = [i for i, (start, end) in enumerate(offsets) if end == 2]
    assert of_it[-1] - of_it[0] >= 2
    features = span_features.encode([example(text, ((1, text[1]),))], tokenizer)
    offset = features.row_splits[1] - 1 - len(ids)
    assert features.labels["start_positions"] == offset + of_it[0]
    assert features.labels["end_positions"] == offset + of_it[-1]


def test_nothing_to_encode_gives_no_items(tokenizer):
    features = span_features.encode([None], tokenizer)
    assert len(features) == 0
    assert features.labels["unanswerable"].shape == (0,)


@pytest.mark.parametrize(
    "settings", [{"doc_stride": 0}, {"max_query_length": 381}]
)
def test_lengths_that_leave_no_room_are_refused(tokenizer, settings):
    with pytest.raises(ValueError, match="at least 1|at most 380, such as 96"):
        span_features.encode([], tokenizer, **settings)


@pytest.mark.shared
@pytest.mark.parametrize(
    "data, vocabulary_name, longer",
    # Pieces that are longer than the answer: "90%" for "90", "Japanese".
    [
        ("squad/train-v2.0-part.json", "30k-clean.model", 5),
        ("zh/xquad.zh.json", "vocab_zh.txt", 0),
    ],
)
def test_labels_are_the_answers_of_real_data(
    shared, data, vocabulary_name, longer
):
    tokenizer = tokenizers.load(shared / "data/vocab" / vocabulary_name)
    problems = row_problems.Problems("stop")
    examples = squad.read(str(shared / "data" / data), problems)
    features = span_features.encode(examples, tokenizer, problems=problems)
    texts = answer_texts(features, examples)
    found = {
        number: text
        for number, text in zip(features.example, texts, strict=True)
        if text is not None
    }
    wanted = {i: e.answers[0][1] for i, e in enumerate(examples) if e.answers}
    assert found.keys() == wanted.keys()
    assert all(wanted[i] in text for i, text in found.items())
    assert sum(wanted[i] != text for i, text in found.items()) == longer

import itertools
import json
import subprocess
import sys

import keras
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from data_pipeline.text import tokenizers
from data_pipeline.text.graph import normalize as graph_normalize
from data_pipeline.text.graph import tokenizer as graph_tokenizer
from data_pipeline.text.pieces import normalize
from data_pipeline.text.pieces import tokenizer_settings


@pytest.fixture(scope="module")
def pairs(make, model, word_piece_path):
    """(Python tokenizer, graph tokenizer) for every kind of settings."""
    made = [
        make(model),
        make(model, variant="google_py3"),
        make(model, variant="huggingface"),
        make(model, lower_case=False),
        make(model, normalization="nfkc"),
        make(model, normalization="none"),
        tokenizers.load(word_piece_path),
        tokenizers.load(word_piece_path, lower_case=False),
        make(model, variant="keras_hub", normalization="none"),
    ]
    return [(each, graph_tokenizer.GraphTokenizer(each)) for each in made]


@pytest.fixture(scope="module")
def graph(pairs):
    return pairs[0][1]


def test_signature(graph):
    ids = graph(tf.constant(["The miller", "", "In 1984, x"]))
    assert isinstance(ids, tf.RaggedTensor)
    assert (ids.dtype, ids.shape.as_list()) == (tf.int32, [3, None])
    assert ids.row_lengths().numpy().tolist() == [2, 0, 6]
    assert graph(tf.constant([], tf.string)).to_list() == []
    assert graph(["a list"]).shape[0] == 1


TEXTS = (
    "",
    " \t ",
    "The  MILLER's books, 1984, 5, x84, x5, ``so''",
    "In 1984,x and $1,200,",
    "naïve ½ ﷺ が안 e\u0301",
    "ΟΔΟΣ ΣΑΣ'Α ΑΣ.Σ Σ",
    "[CLS] [MASK] <unk>",
    "a\x00b\u200b\u2028c\x1c\ufeffd",
    "\ufeffx",
    "你好,世界 unaffable CAFÉ",
)


def test_every_setting_on_examples(pairs):
    for tokenizer, graph in pairs:
        assert graph(TEXTS).to_list() == tokenizer.encode_batch(TEXTS)
    # The settings are not all the same to these texts. But nfkc and none are
    # to this vocabulary: its model has an NFKC of its own.
    assert len({str(each.encode_batch(TEXTS)) for each, _ in pairs}) == 8


@given(st.data())
@settings(deadline=None)
def test_equals_python(pairs, any_text, data):
    texts = data.draw(st.lists(any_text, min_size=1, max_size=6))
    for tokenizer, graph in pairs:
        assert graph(texts).to_list() == tokenizer.encode_batch(texts)


@given(texts=st.lists(st.binary(), min_size=1, max_size=6))
@settings(deadline=None)
def test_bytes_that_are_not_utf8(pairs, texts):
    decoded = [text.decode("utf-8", "replace") for text in texts]
    for tokenizer, graph in (pairs[0], pairs[4], pairs[6]):
        assert graph(texts).to_list() == tokenizer.encode_batch(decoded)


@pytest.mark.parametrize(
    "normalizer",
    [
        normalize.Normalizer(),
        normalize.Normalizer(profile="nfkc"),
        normalize.Normalizer(profile="none"),
    ],
    ids=str,
)
def test_normalizer_on_all_of_unicode(every_character, normalizer):
    graph = tf.function(graph_normalize.GraphNormalizer(normalizer))
    found = graph(tf.constant(every_character)).numpy().tolist()
    assert found == [normalizer(text).encode() for text in every_character]


def test_wordpiece_on_all_of_unicode(every_character, pairs):
    tokenizer, graph = pairs[6]
    expected = tokenizer.encode_batch(every_character)
    assert graph(every_character).to_list() == expected


@pytest.mark.parametrize("length", [199, 200, 201])
def test_long_words(pairs, length):
    tokenizer, graph = pairs[6]
    for char in ("a", "\U0001d7d9"):  # of one byte and of four
        texts = [char * length]
        assert graph(texts).to_list() == tokenizer.encode_batch(texts)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", []),
        ("[MASK]", ["[MASK]"]),
        ("[MASK][MASK]", ["[MASK]", "[MASK]"]),
        ("The [MASK] reader", ["▁the", "[MASK]", "▁read", "er"]),
        ("The[MASK]reader", ["▁the", "[MASK]", "▁read", "er"]),
        ("In 1984, [MASK]", ["▁", "in", "▁1984", ",", "[MASK]"]),
        ("[mask] x", ["▁", *"[mask]", "▁", "x"]),  # only as written
        ("the miller", ["▁the", "▁miller"]),
    ],
)
def test_with_masks(pairs, text, expected):
    tokenizer, graph = pairs[0]
    batch = graph.with_masks(["[MASK] x", text, ""]).to_list()
    x = tokenizer.encode("x")
    unknown = tokenizer.pieces[tokenizer.unk_id]
    known = [p if p in tokenizer.pieces else unknown for p in expected]
    assert [tokenizer.pieces[i] for i in batch[1]] == known
    assert batch[0] == [tokenizer.mask_id, *x]
    assert batch[2] == []


def test_with_masks_without_masks_is_a_call(pairs):
    texts = [text for text in TEXTS if "[MASK]" not in text]
    for _, graph in pairs[1], pairs[6]:
        assert graph.with_masks(texts).to_list() == graph(texts).to_list()


def test_with_masks_wordpiece(pairs):
    tokenizer, graph = pairs[6]
    ids = graph.with_masks(["the [MASK] s"]).to_list()[0]
    assert [tokenizer.pieces[i] for i in ids] == ["the", "[MASK]", "s"]


def test_seeds_and_cleared_sessions_leave_tokenizers_alone(pairs):
    python, graph = pairs[0]
    expected = python.encode_batch(["the cat", "a house"])
    for forget in (
        lambda: tf.random.set_seed(1),
        keras.backend.clear_session,
    ):
        forget()
        found = graph(tf.constant(["the cat", "a house"])).to_list()
        assert found == expected


def test_in_tf_data(pairs):
    for tokenizer, graph in (pairs[1], pairs[4], pairs[6]):
        dataset = tf.data.Dataset.from_tensor_slices(list(TEXTS)).batch(4)
        dataset = dataset.map(graph, num_parallel_calls=2)
        rows = [row for batch in dataset for row in batch.to_list()]
        assert rows == tokenizer.encode_batch(TEXTS)


def test_traces_once(graph):
    for texts in (["a"], ["b", "c"], [], ["x"] * 7):
        graph(tf.constant(texts, tf.string))
        graph.with_masks(tf.constant(texts, tf.string))
    assert graph.__call__.experimental_get_tracing_count() == 1
    assert graph.with_masks.experimental_get_tracing_count() == 1


class Server(tf.Module):
    """What an export does: the tokenizer inside another module."""

    def __init__(self, pairs):
        super().__init__()
        self.tokenizers = [graph for _, graph in pairs]

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def serve(self, texts):
        return {
            str(i): graph.with_masks(texts).to_tensor(-1)
            for i, graph in enumerate(self.tokenizers)
        }


@pytest.mark.slow
def test_saved_model_in_another_process(pairs, tmp_path):
    server = Server([pairs[4], pairs[6]])  # one of each kind
    expected = {
        name: ids.numpy().tolist()
        for name, ids in server.serve(tf.constant(TEXTS)).items()
    }
    tf.saved_model.save(
        server, str(tmp_path / "saved"), signatures={"serve": server.serve}
    )
    moved = tmp_path / "elsewhere"
    (tmp_path / "saved").rename(moved)
    assert not list((moved / "assets").iterdir())
    program = (
        "import json, sys, tensorflow as tf, tensorflow_text\n"
        "texts = tf.constant(json.load(sys.stdin))\n"
        "serve = tf.saved_model.load(sys.argv[1]).signatures['serve']\n"
        "result = serve(texts)\n"
        "assert 'data_pipeline' not in sys.modules\n"
        "print(json.dumps({k: v.numpy().tolist() for k, v in result.items()}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(moved)],
        input=json.dumps(TEXTS),
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert json.loads(done.stdout) == expected


def test_comma_that_is_no_piece(make, commaless_model):
    with pytest.raises(ValueError, match='Unknown pieces must not end in ","'):
        graph_tokenizer.GraphTokenizer(make(commaless_model))


def test_replacement_character_as_a_piece(tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n\ufffd\n", "utf-8")
    with pytest.raises(ValueError, match="Received: U.FFFD as piece 5"):
        graph_tokenizer.GraphTokenizer(tokenizers.load(path))


@pytest.mark.shared
@pytest.mark.parametrize(
    "variant, lower_case",
    list(itertools.product(tokenizer_settings.VARIANTS, (True, False))),
)
def test_published_vocabulary(shared, variant, lower_case):
    tokenizer = tokenizers.load(
        shared / "data" / "vocab" / "30k-clean.model",
        variant=variant,
        lower_case=lower_case,
    )
    golden = shared / "fixtures" / "tokenization_google.jsonl"
    with golden.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    texts = [row["text"] for row in rows]
    assert len(texts) == 544
    ids = graph_tokenizer.GraphTokenizer(tokenizer)(texts).to_list()
    assert ids == tokenizer.encode_batch(texts)
    if variant == "google_py3":
        name = "ids" if lower_case else "ids_cased"
        assert ids == [row[name] for row in rows]


@pytest.mark.shared
@pytest.mark.parametrize("lower_case", [True, False])
def test_chinese_vocabulary(shared, lower_case):
    tokenizer = tokenizers.load(
        shared / "data" / "vocab" / "vocab_zh.txt", lower_case=lower_case
    )
    golden = shared / "fixtures" / "tokenization_google.jsonl"
    with golden.open(encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    ids = graph_tokenizer.GraphTokenizer(tokenizer)(texts).to_list()
    assert ids == tokenizer.encode_batch(texts)

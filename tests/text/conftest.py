"""A tiny vocabulary of each kind, made anew for every test run."""

import io
import json
import pathlib

import pytest
import sentencepiece
from hypothesis import strategies as st
from sentencepiece import sentencepiece_model_pb2

from data_pipeline.text import tokenizers
from data_pipeline.text.pieces import normalize
from data_pipeline.text.pieces import tokenizer_settings

# Written for this project. Numbers with commas, quotes and many words, so that
# a small vocabulary has whole words, single letters and digit-comma pieces.
SENTENCES = (
    "In 1984, the old library moved to a new house near the river.",
    "In 1984, a boat with 5,000 boxes of books came up the river.",
    "In 1984, nobody counted the books, but in 1985, they did.",
    "The keeper counted 1, 2, 3, and then 4, 5, 6, very slowly.",
    'She said "it is 10, not 12" and closed the heavy green door.',
    "He paid £10 for the lamp, €5 for the oil, and $2 for matches.",
    "A quiet reader takes a book (the thick one) to the window.",
    "The morning train leaves at 7, the evening train at 9, on time.",
    "Snow fell on the hills – the children were happy about it.",
    "Well-known stories are told again - and again - every winter.",
    "Is it true that the baker's bread is best before sunrise?",
    "Yes! Everybody in the village knows that, even the miller.",
    "The miller's daughter draws maps of all the mills she has seen.",
    "Her maps show water, wind, roads; also fences, walls & hedges.",
    "Between 1999, and 2004, twenty maps were lost in the attic.",
    "Jack quickly mixed five jars of plum jam for the whole village.",
    "A zebra and an ox stood by the fox, puzzled by the noise.",
    "The quick keeper wrote: books 1,200; maps 340; letters 25,000.",
    "The reader reads, the writer writes, the baker bakes.",
    "Walking, talking, reading, writing: the days went by.",
)
SPECIAL_PIECES = ("<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]")
USER_SYMBOLS = ("(", ")", '"', "-", ".", "–", "£", "€")

WORD_PIECES = (
    "[PAD] [UNK] [CLS] [SEP] [MASK] the un ##aff ##able ##s cafe 你 好 , . ' "
    "[ ] mask cls a ##a ##b b σ ##ς ##σ α 1 ##9 ##8 ##4 ! s Café é"
).split()


class Model(bytes):
    """The bytes of a model, short in the messages of failing tests."""

    def __repr__(self) -> str:
        return f"<model of {len(self)} bytes>"


def train(**changes) -> Model:
    """A SentencePiece model of 160 pieces with ALBERT's special pieces."""
    model = io.BytesIO()
    options = {
        "vocab_size": 160,
        "pad_id": 0,
        "unk_id": 1,
        "bos_id": -1,
        "eos_id": -1,
        "control_symbols": ["[CLS]", "[SEP]", "[MASK]"],
        "user_defined_symbols": list(USER_SYMBOLS),
        "split_by_unicode_script": False,
        "hard_vocab_limit": False,
        "minloglevel": 2,
    }
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=(line.lower() for line in SENTENCES * 3),
        model_writer=model,
        **options | changes,
    )
    return Model(model.getvalue())


def edit(
    model: bytes, *, rename: dict[str, str], add: tuple[str, ...]
) -> Model:
    """Renames pieces of a model and adds likely ones at the end."""
    proto = sentencepiece_model_pb2.ModelProto.FromString(model)
    for piece in proto.pieces:
        piece.piece = rename.get(piece.piece, piece.piece)
    for new in sorted(set(add) - {piece.piece for piece in proto.pieces}):
        proto.pieces.add(piece=new, score=-0.1)
    return Model(proto.SerializeToString())


@pytest.fixture(scope="session")
def train_model():
    return train


@pytest.fixture(scope="session")
def make():
    """SentencePiece tokenizer of a model and settings."""

    def make(model: bytes, **changes) -> tokenizers.Tokenizer:
        settings = tokenizer_settings.TokenizerSettings(
            kind="sentencepiece", **changes
        )
        return tokenizers.Tokenizer(model, settings)

    return make


@pytest.fixture(scope="session")
def model() -> Model:
    # What the digit-comma rule is about: pieces with "▁" and without, which
    # without their comma are a piece ("▁1984") or several ("▁" "8" "4").
    add = ("▁1984,", "1984,", "1984", "▁1984", "5,", "84,", "▁7,")
    return edit(train(), rename={}, add=add)


@pytest.fixture(scope="session")
def commaless_model(model: Model) -> Model:
    """Commas are unknown, so an unknown piece can end in one."""
    proto = sentencepiece_model_pb2.ModelProto.FromString(model)
    rename = {
        piece.piece: f"x{i}x"
        for i, piece in enumerate(proto.pieces)
        if "," in piece.piece
    }
    return edit(model, rename=rename, add=())


@pytest.fixture(scope="session")
def model_path(model: bytes, tmp_path_factory) -> pathlib.Path:
    path = tmp_path_factory.mktemp("vocabulary") / "tiny.model"
    path.write_bytes(model)
    return path


@pytest.fixture(scope="session")
def word_piece_path(tmp_path_factory) -> pathlib.Path:
    path = tmp_path_factory.mktemp("vocabulary") / "vocab.txt"
    path.write_text("\n".join(WORD_PIECES) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def any_text() -> st.SearchStrategy[str]:
    """Texts of all of Unicode, and texts of its troublesome characters."""
    everything = st.text(st.characters(exclude_categories=["Cs"]))
    trouble = (
        "aA1984,5,77,.-'`\"[]()<>_▁ \u3000\t\n\x00\x1c\x85"
        "\u200b\u2028\ufeff\ufffd"
        "ΣσςΑα\u0345İıßſÅÅ\u0301\u0323\u0344\u302e\u0f73\U0001d165´¨½ﬁﷺ，１²٣٬"
        "がパ안ᄋ\u1161\u11ab你好\uf900日€£–\U0001d7d9\U0001e900\U00011383"
    )
    return st.one_of(
        everything,
        st.text(st.sampled_from(trouble)),
        st.lists(
            st.sampled_from(
                ["1984,", "5,", "x84,", "the ", " [MASK]", "``", "''", "ΑΣ"]
                + list(trouble)
            )
        ).map("".join),
    )


@pytest.fixture(scope="session")
def every_character() -> list[str]:
    """All characters, each behind a letter, before a mark, and by a Σ."""
    alone = [
        f"x{char}Σ e{char}\u0301 Σ{char}a"
        for char in map(chr, normalize.ASSIGNED)
    ]
    assert len(alone) == 264_192
    return [" ".join(alone[i : i + 64]) for i in range(0, len(alone), 64)]


@pytest.fixture
def load_json(tmp_path):
    """A function that loads a tokenizer.json, and a tokenizer_config.json."""

    def load(made, config=None):
        (tmp_path / "tokenizer.json").write_text(json.dumps(made))
        if config is not None:
            path = tmp_path / "tokenizer_config.json"
            path.write_text(json.dumps(config))
        return tokenizers.load(tmp_path)

    return load


@pytest.fixture
def write_folder(tmp_path, model, word_piece_path):
    """Writes a Hugging Face folder of one vocabulary, with what else is
    given."""

    def write(vocabulary, **contents):
        if vocabulary == "spiece.model":
            (tmp_path / vocabulary).write_bytes(model)
        if vocabulary == "vocab.txt":
            (tmp_path / vocabulary).write_bytes(word_piece_path.read_bytes())
        contents = {"config": {"model_type": "albert"}, **contents}
        for name, content in contents.items():
            (tmp_path / f"{name}.json").write_text(json.dumps(content))
        return str(tmp_path)

    return write

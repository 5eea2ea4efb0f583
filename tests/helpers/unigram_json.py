"""A small tokenizer.json with a Unigram model, and its parts."""

import base64

SPECIAL = ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"]
TOKENS = [".", "(", "[E1]", '"']
LETTERS = "abcdefghiklmnoprstuvwxyzσςé1,2[]E"
WORDS = ["▁the", "▁cafe", "▁a", "▁don", "the", "ing", "1,", "▁a▁b", "»never"]
QUOTES = [
    {"type": "Replace", "pattern": {"String": old}, "content": '"'}
    for old in ("``", "''")
]
STRIP = [{"type": "NFKD"}, {"type": "StripAccents"}]
LOWER = [{"type": "Lowercase"}]
COLLAPSE = [{"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]
SPLIT = {"type": "WhitespaceSplit"}
CLS, SEP = ({"SpecialToken": {"id": i, "type_id": 0}} for i in SPECIAL[2:4])
A, B = ({"Sequence": {"id": i, "type_id": int(i == "B")}} for i in "AB")
SEP_1 = {"SpecialToken": {"id": "[SEP]", "type_id": 1}}


def metaspace(scheme="always", **changes):
    """A pre-tokenizer that writes "▁" for spaces."""
    return {
        "type": "Metaspace",
        "replacement": "▁",
        "prepend_scheme": scheme,
        **changes,
    }


def sequence(name, parts):
    """Steps, one after the other."""
    return {"type": "Sequence", name: parts}


def added(token, number, **changes):
    """An added token."""
    return {
        "id": number,
        "content": token,
        "normalized": False,
        "special": token in SPECIAL,
        "single_word": False,
        **changes,
    }


METASPACE = metaspace()
WORDS_AND_UNDERLINE = (SPLIT, METASPACE)


def content(
    steps=(*QUOTES, *STRIP, *LOWER), words=WORDS_AND_UNDERLINE, **changes
):
    """A tokenizer.json with a Unigram model."""
    pieces = [*SPECIAL, *TOKENS, "▁", *LETTERS, *WORDS]
    scores = [0.0] * 9 + [-3.0] + [-6.0] * len(LETTERS) + [-4.0] * len(WORDS)
    scores[-1] = -1e6
    vocab = [list(row) for row in zip(pieces, scores, strict=True)]
    # The third is in no text by its characters alone, as transformers adds it.
    size = len(vocab)
    return {
        "version": "1.0",
        "added_tokens": [
            *(added(piece, i) for i, piece in enumerate(SPECIAL + TOKENS)),
            added("<user>", size),
        ],
        "normalizer": sequence("normalizers", list(steps)),
        "pre_tokenizer": sequence("pretokenizers", list(words)),
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [CLS, A, SEP],
            "pair": [CLS, A, SEP, B, SEP_1],
        },
        "model": {"type": "Unigram", "unk_id": 1, "vocab": vocab},
        **changes,
    }


def nfkc_table() -> str:
    """A table of a few characters, and of two together, in SentencePiece's
    form: a double-array trie, with one unit for each byte."""
    strings = {
        "½": "1/2",
        "e\u0301": "é",
        "é": "é",
        "\u3000": " ",
        "\t": " ",
        "\x07": "",
    }
    return base64.b64encode(_precompiled(strings)).decode()


def _precompiled(strings: dict[str, str]) -> bytes:
    values = b"".join(new.encode() + b"\0" for new in strings.values())
    starts, at = {}, 0
    for old, new in strings.items():
        starts[old.encode()] = at
        at += len(new.encode()) + 1
    nodes: dict[bytes, set[int]] = {b"": set()}
    for key in starts:
        for size in range(len(key)):
            nodes.setdefault(key[:size], set()).add(key[size])
            nodes.setdefault(key[: size + 1], set())
    # Every node has 256 places of its own, 0 for its value.
    place = {node: 256 * (i + 1) for i, node in enumerate(nodes)}
    units = [0xFF | 1 << 31] * (256 * (len(nodes) + 2))

    def unit(at, node, label):
        value = (at ^ place[node]) << 10 | label
        return value | (node in starts) << 8

    units[0] = unit(0, b"", 0)
    for node, labels in nodes.items():
        for label in labels:
            child = node + bytes([label])
            units[place[node] ^ label] = unit(place[node] ^ label, child, label)
        if node in starts:
            units[place[node]] = 1 << 31 | starts[node]
    raw = b"".join(value.to_bytes(4, "little") for value in units)
    return len(raw).to_bytes(4, "little") + raw + values


def precompiled():
    """A normalizer with this table."""
    return {"type": "Precompiled", "precompiled_charsmap": nfkc_table()}

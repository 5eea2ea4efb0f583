r"""Prints how many weights encoder-decoders have, as a table of Markdown.

    python -m benchmarks.seq2seq_sizes

ALBERT's are counted by albert_tf.seq2seq.sizes, BERT2BERT's and T5's by the
shapes of their papers: BERT2BERT is two BERTs and attention to the source with
Rothe et al.'s vocabulary of 30,522 pieces, BERTSHARE the same with one set of
weights for both; T5 is that of Raffel et al. 2020, with 32,128 pieces.
"""

from albert_tf import config as config_lib
from albert_tf.seq2seq import sizes

SIZES = ("tiny", "base", "large", "xlarge")
SHARING = ("all", "block", "none")
# Layers and H of BERT; its FFN is 4 H wide.
BERT = {"base": (12, 768), "large": (24, 1024)}
# Layers of encoder and decoder, H, size of all heads together, FFN.
T5 = {
    "small": (6, 512, 512, 2048),
    "base": (12, 768, 768, 3072),
    "large": (24, 1024, 1024, 4096),
}
BERT_VOCABULARY, T5_VOCABULARY = 30_522, 32_128
POSITIONS = 512
# T5's buckets of relative positions.
BUCKETS = 32


def bert2bert(layers: int, hidden: int, shared: bool) -> int:
    """Weights of two BERTs with tied outputs, without pooler."""
    norm = 2 * hidden
    attention = 4 * (hidden * hidden + hidden) + norm
    ffn = 2 * 4 * hidden * hidden + 5 * hidden + norm
    embeddings = (BERT_VOCABULARY + POSITIONS + 2) * hidden + norm
    stack = embeddings + layers * (attention + ffn)
    output = hidden * hidden + hidden + norm + BERT_VOCABULARY
    return (1 if shared else 2) * stack + layers * attention + output


def t5(layers: int, hidden: int, heads: int, inner: int) -> int:
    """Weights of a T5: no biases, one embedding table for everything."""
    attention, ffn = 4 * hidden * heads, 2 * hidden * inner
    encoder = layers * (attention + ffn + 2 * hidden)
    decoder = layers * (2 * attention + ffn + 3 * hidden)
    # Every head is 64 wide, and each stack has a table of biases.
    tables = 2 * BUCKETS * heads // 64
    return T5_VOCABULARY * hidden + encoder + decoder + 2 * hidden + tables


def rows() -> list[tuple[str, int]]:
    found = [
        (
            f"ALBERT {size}, `decoder_sharing={sharing}`",
            sizes.parameters(config_lib.AlbertConfig.named(size), sharing),
        )
        for size in SIZES
        for sharing in SHARING
    ]
    for size, (layers, hidden) in BERT.items():
        found.append(
            (f"BERTSHARE {size}", bert2bert(layers, hidden, shared=True))
        )
        found.append(
            (f"BERT2BERT {size}", bert2bert(layers, hidden, shared=False))
        )
    return found + [(f"T5 {size}", t5(*shape)) for size, shape in T5.items()]


def main() -> None:
    print("| model | millions of weights |\n|---|---|")
    for name, count in rows():
        print(f"| {name} | {count / 1e6:.1f} |")


if __name__ == "__main__":
    main()

"""Fills masks with an exported model; imports nothing of albert_tf.

python examples/fill_mask.py runs/demo/export "paris is the [MASK] of france."
"""

import sys

import tensorflow as tf
import tensorflow_text  # noqa: F401  registers the tokenizer's operations


def main(folder: str, *texts: str) -> None:
    fill = tf.saved_model.load(folder).signatures["text"]
    filled = fill(texts=tf.constant(texts))
    for text, tokens, probabilities in zip(
        texts,
        filled["tokens"].numpy(),
        filled["probabilities"].numpy(),
        strict=True,
    ):
        print(text)
        for row, shares in zip(tokens, probabilities, strict=True):
            guesses = [
                f"{token.decode().replace('▁', '')} {share:.2f}"
                for token, share in zip(row, shares, strict=True)
                if token
            ]
            if guesses:
                print("   ", ", ".join(guesses))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("Usage: fill_mask.py SAVEDMODEL 'text with [MASK]' ...")
    main(*sys.argv[1:])

"""A SavedModel that reads 8 words and says where they stand.

    python page_models.py FOLDER

writes `score`, with config.json as an export has it: a number, 5 times the
share of "a" in the text's bytes; whether the text was truncated; and the words
that are read in small letters, each as important as it is long.
"""

import json
import pathlib
import sys

import tensorflow as tf

READ = 8


def _texts(*names):
    return [tf.TensorSpec([None], tf.string, name=name) for name in names]


class Score(tf.Module):
    @tf.function(input_signature=_texts("texts"))
    def text(self, texts):
        words = tf.strings.split(texts, " ")
        length = tf.strings.length(texts)
        others = tf.strings.length(tf.strings.regex_replace(texts, "a", ""))
        share = (length - others) / tf.maximum(length, 1)
        return {
            "value": tf.cast(5.0 * share, tf.float32),
            "truncated": words.row_lengths() > READ,
        }

    @tf.function(input_signature=_texts("texts"))
    def explain(self, texts):
        """Words are cut at single spaces; 😀 is unknown."""
        words = tf.strings.split(texts, " ")
        lengths = tf.strings.length(words, unit="UTF8_CHAR")
        ends = tf.cumsum(lengths.to_tensor() + 1, axis=1) - 1
        lengths, ends = lengths.to_tensor()[:, :READ], ends[:, :READ]
        pieces = tf.strings.lower(words.to_tensor()[:, :READ])
        is_word = pieces != ""
        pieces = tf.where(is_word, tf.strings.join(["▁", pieces]), "")
        pieces = tf.where(pieces == "▁😀", "<unk>", pieces)
        sizes = tf.cast(lengths, tf.float32)
        total = tf.maximum(tf.reduce_sum(sizes, axis=1, keepdims=True), 1.0)

        def framed(values, first, last):
            ends = [[0, 0], [1, 0]], [[0, 0], [0, 1]]
            values = tf.pad(values, ends[0], constant_values=first)
            return tf.pad(values, ends[1], constant_values=last)

        return {
            "pieces": framed(pieces, "[CLS]", "[SEP]"),
            "importance": framed(sizes / total, 0, 0),
            "starts": framed(tf.where(is_word, ends - lengths, -1), -1, -1),
            "ends": framed(tf.where(is_word, ends, -1), -1, -1),
        }


def main(folder: str) -> None:
    module, place = Score(), pathlib.Path(folder, "score")
    signatures = {"text": module.text, "explain": module.explain}
    tf.saved_model.save(module, str(place), signatures)
    config = {
        "kind": "regression",
        "task": "custom",
        "labels": [],
        "num_texts": 1,
        "max_seq_length": READ,
        "parameters": 11_683_584,
        "albert": {
            "num_hidden_layers": 12,
            "hidden_size": 768,
            "vocab_size": 30_000,
            "max_position_embeddings": 512,
        },
        "versions": {"albert_tf": "0.1", "tensorflow": "2.20.0"},
    }
    (place / "config.json").write_text(json.dumps(config))


if __name__ == "__main__":
    main(sys.argv[1])

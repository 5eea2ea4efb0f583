"""SavedModels that compare texts by plain rules.

    python letter_models.py FOLDER

writes `letters`, whose embeddings of length 1 count "a", "b", "c" and all other
bytes among the first 8 words of a text; and two rerankers of pairs: `closer`
gives the second text's share of "a" as a number, `same` as the probability of
its second class.
"""

import json
import pathlib
import sys

import tensorflow as tf

READ = 8
LETTERS = "abc"


def _texts(*names):
    return [tf.TensorSpec([None], tf.string, name=name) for name in names]


def _counts(texts):
    """How often each of LETTERS, and other bytes, are in texts, [B, 4]."""
    length = tf.strings.length(texts)
    counts = [
        length - tf.strings.length(tf.strings.regex_replace(texts, letter, ""))
        for letter in LETTERS
    ]
    counts.append(length - tf.add_n(counts))
    return tf.cast(tf.stack(counts, axis=1), tf.float32)


class Letters(tf.Module):
    @tf.function(input_signature=_texts("texts"))
    def text(self, texts):
        words = tf.strings.split(texts, " ")
        read = tf.strings.reduce_join(words[:, :READ], axis=1, separator=" ")
        return {
            "embeddings": tf.math.l2_normalize(_counts(read), axis=1),
            "truncated": words.row_lengths() > READ,
            "num_tokens": tf.cast(words[:, :READ].row_lengths(), tf.int32) + 2,
        }

    @tf.function(input_signature=_texts("texts", "second_texts"))
    def pair(self, texts, second_texts):
        first, second = self.text(texts), self.text(second_texts)
        products = first["embeddings"] * second["embeddings"]
        return {
            "cosine": tf.reduce_sum(products, axis=1),
            "truncated": first["truncated"] | second["truncated"],
        }

    @tf.function(input_signature=_texts("texts", "second_texts"))
    def explain_pair(self, texts, second_texts):
        """Each word that is read is as important as it is long."""
        parts = [self._framed(texts), self._framed(second_texts)]
        found = {
            name: tf.concat([part[name] for part in parts], axis=1).to_tensor(
                "" if name == "pieces" else 0
            )
            for name in parts[0]
        }
        is_word = found["importance"] > 0
        total = tf.reduce_sum(found["importance"], axis=1, keepdims=True)
        return {
            **found,
            "importance": found["importance"] / total,
            "starts": tf.where(is_word, found["starts"], -1),
            "ends": tf.where(is_word, found["ends"], -1),
            "truncated": self.pair(texts, second_texts)["truncated"],
        }

    def _framed(self, texts):
        """[CLS], words and [SEP]; words are cut at single spaces."""
        words = tf.strings.split(texts, " ")
        lengths = tf.strings.length(words, unit="UTF8_CHAR")
        ends = tf.cumsum(lengths.to_tensor() + 1, axis=1) - 1
        ends = tf.RaggedTensor.from_tensor(ends, lengths=words.row_lengths())
        values = {
            "pieces": tf.strings.join(["▁", words]),
            "importance": tf.cast(lengths, tf.float32),
            "starts": ends - lengths,
            "ends": ends,
        }

        def framed(ragged, first, last):
            shape = [tf.size(texts), 1]
            parts = (tf.fill(shape, first), ragged[:, :READ])
            return tf.concat([*parts, tf.fill(shape, last)], axis=1)

        return {
            name: framed(value, "[CLS]", "[SEP]")
            if name == "pieces"
            else framed(value, tf.cast(0, value.dtype), tf.cast(0, value.dtype))
            for name, value in values.items()
        }


class Closer(tf.Module):
    @tf.function(input_signature=_texts("texts", "second_texts"))
    def text(self, texts, second_texts):
        counts = _counts(second_texts)
        value = counts[:, 0] / tf.reduce_sum(counts, axis=1)
        long = tf.strings.length(texts) + tf.strings.length(second_texts) > 100
        return {"value": value, "truncated": long}


class Same(tf.Module):
    @tf.function(input_signature=_texts("texts", "second_texts"))
    def text(self, texts, second_texts):
        counts = _counts(second_texts)
        share = counts[:, 0] / tf.reduce_sum(counts, axis=1)
        shares = tf.stack([1 - share, share], axis=1)
        labels = tf.constant(["no", "yes"])
        return {
            "label": tf.gather(labels, tf.argmax(shares, axis=1)),
            "labels": tf.tile(labels[None], [tf.size(texts), 1]),
            "probabilities": tf.ensure_shape(shares, [None, 2]),
            "truncated": tf.zeros_like(texts == ""),
        }


MODELS = {
    "letters": (
        Letters,
        "embedding",
        {
            "embedding": {
                "pooling": "mean",
                "normalize": True,
                "prompts": {"query": "b ", "document": ""},
            },
            "embedding_size": 4,
            "fingerprints": {"weights": "letters", "tokenizer": "bytes"},
        },
    ),
    "closer": (Closer, "regression", {"num_texts": 2}),
    "same": (Same, "classification", {"num_texts": 2, "labels": ["no", "yes"]}),
}


def main(folder: str) -> None:
    for name, (module_class, kind, facts) in MODELS.items():
        module, place = module_class(), pathlib.Path(folder, name)
        signatures = {
            signature: getattr(module, signature)
            for signature in ("text", "pair", "explain_pair")
            if hasattr(module, signature)
        }
        signatures["serving_default"] = module.text
        tf.saved_model.save(module, str(place), signatures)
        config = {
            "kind": kind,
            "task": "custom",
            "labels": [],
            "num_texts": 1,
            "max_seq_length": READ,
            **facts,
        }
        (place / "config.json").write_text(json.dumps(config))


if __name__ == "__main__":
    main(sys.argv[1])

"""SavedModels for the page, of kinds and answers that small_models.py lacks.

    python page_models.py FOLDER

`topics`: 33 classes of a pair of texts, the surest by the first one's number of
bytes. `moods`: several labels, some with small shares and long names. `score`: a
number, the share of "a", of the first 8 words; the others are truncated.
`stars`: the same for a task whose range is known. `unsure`: a passage's
characters 4 to 9 are the answer, and there is none to a question with "Who".
"""

import json
import pathlib
import sys

import tensorflow as tf

TOPICS = [f"topic {number}" for number in range(32)] + ["<b>bold</b>"]
MOODS = [
    *("joy", "fear", "rage", "calm"),
    "a mood whose name is so long that it has to go on to a second line",
    "Donaudampfschifffahrtsgesellschaftskapitaensmuetze",
]
READ = 8


def _texts(*names):
    return [tf.TensorSpec([None], tf.string, name=name) for name in names]


class Topics(tf.Module):
    @tf.function(input_signature=_texts("texts", "second_texts"))
    def text(self, texts, second_texts):
        best = tf.strings.length(texts) % len(TOPICS)
        logits = tf.one_hot(best, len(TOPICS), 4.0, 0.0)
        logits += tf.cos(2.0 * tf.range(len(TOPICS), dtype=tf.float32))
        labels = tf.constant(TOPICS)
        return {
            "label": tf.gather(labels, tf.argmax(logits, axis=1)),
            "labels": tf.broadcast_to(labels, tf.shape(logits)),
            "probabilities": tf.nn.softmax(logits),
        }


class Moods(tf.Module):
    @tf.function(input_signature=_texts("texts"))
    def text(self, texts):
        shares = tf.constant([0.97, 0.012, 0.55, 0.0004, 0.81, 0.06])
        shares = tf.tile(shares[None], [tf.size(texts), 1])
        return {
            "labels": tf.broadcast_to(tf.constant(MOODS), tf.shape(shares)),
            "probabilities": shares,
            "chosen": shares > 0.5,
        }


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
        """A piece a word that is read, in small letters; 😀 is unknown."""
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


class Unsure(tf.Module):
    @tf.function(input_signature=_texts("questions", "contexts"))
    def text(self, questions, contexts):
        best = tf.strings.substr(contexts, 4, 5)
        none = tf.strings.regex_full_match(questions, ".*Who.*")
        zeros = tf.zeros_like(questions, tf.int32)
        return {
            "answer": tf.where(none, "", best),
            "best_answer": best,
            "start": zeros + 4,
            "end": zeros + 9,
            "score": tf.cast(zeros, tf.float32) - 1.5,
            "null_score": tf.where(none, 2.25, -3.0),
        }


MODELS = {
    "topics": (
        Topics,
        {
            "kind": "classification",
            "task": "custom",
            "num_texts": 2,
            "labels": TOPICS,
        },
    ),
    "moods": (Moods, {"kind": "multilabel", "task": "custom", "labels": MOODS}),
    "score": (Score, {"kind": "regression", "task": "custom", "labels": []}),
    "stars": (Score, {"kind": "regression", "task": "sts-b", "labels": []}),
    "unsure": (
        Unsure,
        {"kind": "span", "task": "squad2", "null_score_threshold": 0.5},
    ),
}


def main(folder: str) -> None:
    for name, (module, config) in MODELS.items():
        module, place = module(), pathlib.Path(folder, name)
        signatures = {
            key: getattr(module, key)
            for key in ("text", "explain")
            if hasattr(module, key)
        }
        tf.saved_model.save(module, str(place), signatures)
        facts = {
            "max_seq_length": READ,
            "parameters": 11_683_584,
            "albert": {
                "num_hidden_layers": 12,
                "hidden_size": 768,
                "vocab_size": 30000,
                "max_position_embeddings": 512,
            },
            "versions": {"albert_tf": "0.1", "tensorflow": "2.20.0"},
        }
        (place / "config.json").write_text(json.dumps({**facts, **config}))


if __name__ == "__main__":
    main(sys.argv[1])

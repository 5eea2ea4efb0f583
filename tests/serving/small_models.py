"""SavedModels whose answers follow from the text by plain rules.

    python small_models.py FOLDER

writes one a kind, with config.json as an export has it. `sentiment`: the share
of "a" in the text's bytes. `names`: words with a capital are entities.
`answers`: the passage's word whose number is the question's number of words.
`choose`: the longest choice. `masks`: for each [MASK] the text's number of
bytes. `slow`: takes as many seconds as the text says.
"""

import json
import pathlib
import sys

import tensorflow as tf


def _texts(*names):
    return [tf.TensorSpec([None], tf.string, name=name) for name in names]


class Sentiment(tf.Module):
    @tf.function(input_signature=_texts("texts"))
    def text(self, texts):
        length = tf.strings.length(texts)
        others = tf.strings.length(tf.strings.regex_replace(texts, "a", ""))
        share = (length - others) / tf.maximum(length, 1)
        share = tf.cast(share, tf.float32)
        labels = tf.constant(["other", "a"])
        return {
            "label": tf.gather(labels, tf.cast(share >= 0.5, tf.int32)),
            "labels": tf.tile(labels[None], [tf.size(texts), 1]),
            "probabilities": tf.stack([1 - share, share], axis=1),
        }

    @tf.function(input_signature=_texts("texts"))
    def explain(self, texts):
        pieces = tf.strings.unicode_split(texts, "UTF-8")
        share = tf.cast(pieces == "a", tf.float32) + 1.0
        share = share / tf.reduce_sum(share, axis=1, keepdims=True)
        return {
            "pieces": tf.strings.join(["▁", pieces]).to_tensor(),
            "importance": share.to_tensor(),
        }

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, None], tf.int32, name=name)
            for name in ("token_ids", "padding_mask")
        ]
    )
    def ids(self, token_ids, padding_mask):
        table = tf.one_hot(tf.range(10), 3)  # ids of 10 and more are none
        rows = tf.gather(table, token_ids * padding_mask)
        return {"sequence_output": rows, "sum": tf.reduce_sum(rows, axis=1)}


class Names(tf.Module):
    @tf.function(input_signature=_texts("texts"))
    def text(self, texts):
        # Of single spaces only.
        words = tf.strings.split(texts, " ")
        lengths = tf.strings.length(words, unit="UTF8_CHAR")
        ends = tf.cumsum(lengths.to_tensor() + 1, axis=1) - 1
        ends = tf.RaggedTensor.from_tensor(ends, lengths=words.row_lengths())
        starts = ends - lengths
        is_name = tf.ragged.map_flat_values(
            tf.strings.regex_full_match, words, "[A-Z].*"
        )
        tags = tf.ragged.map_flat_values(
            lambda x: tf.where(x, "B-NAME", "O"), is_name
        )
        entities = tf.ragged.boolean_mask(words, is_name)
        return {
            "words": words.to_tensor(),
            "tags": tags.to_tensor(),
            "word_starts": starts.to_tensor(-1),
            "word_ends": ends.to_tensor(-1),
            "entities": entities.to_tensor(),
            "types": tf.ragged.map_flat_values(
                lambda x: tf.fill(tf.shape(x), "NAME"), entities
            ).to_tensor(),
            "starts": tf.ragged.boolean_mask(starts, is_name).to_tensor(-1),
            "ends": tf.ragged.boolean_mask(ends, is_name).to_tensor(-1),
            "probabilities": tf.ragged.map_flat_values(
                lambda x: tf.fill(tf.shape(x), 0.75), entities
            ).to_tensor(),
        }


class Answers(tf.Module):
    @tf.function(input_signature=_texts("questions", "contexts"))
    def text(self, questions, contexts):
        number = tf.strings.split(questions, " ").row_lengths() - 1
        words = tf.strings.split(contexts, " ").to_tensor()
        ends = (
            tf.cumsum(tf.strings.length(words, unit="UTF8_CHAR") + 1, axis=1)
            - 1
        )
        number = tf.minimum(number, tf.cast(tf.shape(words)[1], tf.int64) - 1)
        answer = tf.gather(words, number, batch_dims=1)
        end = tf.gather(ends, number, batch_dims=1)
        return {
            "answer": answer,
            "best_answer": answer,
            "start": end - tf.strings.length(answer, unit="UTF8_CHAR"),
            "end": end,
            "score": tf.cast(number, tf.float32),
            "null_score": tf.zeros_like(end, tf.float32),
        }


class Choose(tf.Module):
    @tf.function(
        input_signature=[
            *_texts("texts"),
            tf.TensorSpec([None, None], tf.string, name="choices"),
        ]
    )
    def text(self, texts, choices):
        logits = tf.cast(tf.strings.length(choices), tf.float32)
        return {
            "choice": tf.argmax(logits, axis=1, output_type=tf.int32),
            "probabilities": tf.nn.softmax(logits),
        }


class Masks(tf.Module):
    @tf.function(input_signature=_texts("texts"))
    def text(self, texts):
        count = tf.strings.split(texts, "[MASK]").row_lengths() - 1
        used = tf.sequence_mask(count)[:, :, None]
        token = tf.strings.as_string(tf.strings.length(texts))
        token = tf.strings.join(["▁", token])[:, None, None]
        return {
            "tokens": tf.where(used, tf.tile(token, [1, 1, 5]), ""),
            "probabilities": tf.where(
                used, tf.constant([0.4, 0.3, 0.2, 0.1, 0.0]), 0.0
            ),
        }


class Slow(tf.Module):
    @tf.function(input_signature=_texts("texts"))
    def text(self, texts):
        seconds = tf.reduce_max(
            tf.strings.to_number(
                tf.strings.regex_replace(texts, "[^0-9.]|^$|.*[.]$", "0"),
                tf.float64,
            )
        )
        end = tf.timestamp() + seconds
        turns = tf.constant(0)
        while tf.timestamp() < end:
            turns += 1
        return {"seconds": tf.zeros_like(texts, tf.float64) + seconds}


KINDS = {
    "sentiment": (Sentiment, "classification"),
    "names": (Names, "tagging"),
    "answers": (Answers, "span"),
    "choose": (Choose, "multiple_choice"),
    "masks": (Masks, "pretraining"),
    "slow": (Slow, None),
}


def save(folder: pathlib.Path, module: tf.Module, kind: str | None) -> None:
    signatures = {
        name: getattr(module, name)
        for name in ("text", "explain", "ids")
        if hasattr(module, name)
    }
    signatures["serving_default"] = module.text
    tf.saved_model.save(module, str(folder), signatures)
    if kind:
        config = {
            "kind": kind,
            "task": "small",
            "num_texts": 1,
            "labels": ["other", "a"],
            "albert": {"max_position_embeddings": 32},
        }
        (folder / "config.json").write_text(json.dumps(config))


def main(folder: str) -> None:
    for name, (module, kind) in KINDS.items():
        save(pathlib.Path(folder, name), module(), kind)
    for version in ("2", "10"):
        save(pathlib.Path(folder, "numbered", version), Sentiment(), None)


if __name__ == "__main__":
    main(sys.argv[1])

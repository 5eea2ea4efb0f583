"""Tags for words, and the entities that tags make."""

import itertools
from collections.abc import Sequence

import tensorflow as tf

from data_pipeline.answers import token_rows
from data_pipeline.tasks.tags import tag_schemes
from data_pipeline.text import tokenizers
from data_pipeline.text.graph import offsets as graph_offsets
from data_pipeline.text.graph import tokenizer as graph_tokenizer
from data_pipeline.text.graph import words as words_lib


class Tags(tf.Module):
    """Tags and entities of texts of any length.

    Inputs: texts, string [B]; or, as training data is, words, string [B, W],
        "" behind the last of each text.
    Answers, for W words and K entities of the text that has most; unused slots
    "", -1 or 0:
        words, tags: string [B, W]; tags in the scheme of the training data;
        word_starts, word_ends: int32 [B, W], characters of the text;
        entities, types: string [B, K]; starts, ends: int32 [B, K];
        probabilities: float32 [B, K], mean of the probabilities of an
            entity's tags. Without a scheme, as for parts of speech, K is 0.

    Args:
        tokenizer: the model's.
        labels: C tags, BIO if there is a scheme.
        scheme: to give tags in, of tag_schemes.
        max_seq_length: of the longest rows; a longer text becomes several.
        takes_words: whether words are the input.
    """

    def __init__(
        self,
        tokenizer: tokenizers.Tokenizer,
        labels: Sequence[str],
        scheme: str,
        max_seq_length: int,
        *,
        takes_words: bool = False,
    ) -> None:
        super().__init__(name="tags")
        self._tokenizer = graph_tokenizer.GraphTokenizer(tokenizer)
        self._special = (tokenizer.cls_id, tokenizer.sep_id)
        self._unk_id = tokenizer.unk_id
        self._size = max_seq_length - 2
        self._labels = tf.constant(list(labels))
        self._entity_tags = _EntityTags(labels, scheme)
        self.inputs = (
            {"words": tf.TensorSpec([None, None], tf.string)}
            if takes_words
            else {"texts": tf.TensorSpec([None], tf.string)}
        )

    def rows(self, texts=None, words=None):
        found = (
            words_lib.split(texts) if words is None else words_lib.given(words)
        )
        words = found.words
        pieces = self._tokenizer(words.flat_values)  # [words, None]
        # A word without pieces is unknown.
        is_empty = tf.cast(pieces.row_lengths() == 0, tf.int64)
        unknown = tf.RaggedTensor.from_row_lengths(
            tf.fill([tf.reduce_sum(is_empty)], self._unk_id), is_empty
        )
        pieces = tf.concat([pieces, unknown], axis=1)
        sizes = words.with_flat_values(pieces.row_lengths())  # [B, None]
        window = windows(sizes, self._size)  # int64 [words]
        of, place = token_rows.places(pieces.row_splits)  # [pieces]
        piece_window = tf.gather(window, of) + place // self._size
        # Texts without words have no rows.
        text = tf.gather(words.value_rowids(), of)
        behind = tf.concat([[-1], piece_window[:-1]], axis=0)
        text_behind = tf.concat([[-1], text[:-1]], axis=0)
        begins = (piece_window != behind) | (text != text_behind)
        row = tf.cumsum(tf.cast(begins, tf.int64)) - 1
        rows = tf.RaggedTensor.from_value_rowids(
            pieces.flat_values,
            row,
            nrows=tf.reduce_sum(tf.cast(begins, tf.int64)),
        )
        first = pieces.row_splits[:-1]  # of each word
        place_in_row = first - tf.gather(rows.row_splits, tf.gather(row, first))
        spans = tf.stack([found.starts, found.ends], axis=1)  # [words, 2]
        context = {
            "found": found,
            # Row and token of each word's first piece, behind [CLS].
            "at": tf.stack([tf.gather(row, first), place_in_row + 1], axis=1),
            "text_of_row": tf.boolean_mask(text, begins),
            "offsets": token_rows.lay_out_offsets(
                [graph_offsets.Pieces(rows, tf.gather(spans, of))], list
            ),
            # Words that do not fit into a row are in the next one.
            "truncated": tf.zeros_like(found.texts, tf.bool),
        }
        return token_rows.lay_out([rows], *self._special), context

    def answer(self, outputs, context):
        found = context["found"]
        logits = tf.gather_nd(outputs["logits"], context["at"])  # [words, C]
        best = tf.argmax(logits, axis=-1)
        probability = tf.reduce_max(tf.nn.softmax(logits), axis=-1)
        tags, entity = self._entity_tags(best, found.words)

        def padded(values, fill):
            return found.words.with_flat_values(values).to_tensor(fill)

        return {
            "words": found.words.to_tensor(""),
            "tags": padded(tags, ""),
            "word_starts": padded(found.starts, -1),
            "word_ends": padded(found.ends, -1),
            **_entities(found, entity, probability),
        }

    def target(self, outputs, context):
        best = tf.reduce_max(outputs["logits"], axis=-1)  # [R, S]
        at = context["at"]
        return tf.math.unsorted_segment_sum(
            tf.gather_nd(best, at), at[:, 0], tf.shape(best)[0]
        )

    def offsets(self, context, texts):
        return context["offsets"]

    def explained(self, values, target, context):
        """Consecutive rows of a text."""
        rows = tf.RaggedTensor.from_tensor(values)
        text = tf.gather(context["text_of_row"], rows.value_rowids())
        return tf.RaggedTensor.from_value_rowids(
            rows.flat_values,
            text,
            nrows=tf.shape(context["found"].texts, tf.int64)[0],
        ).to_tensor()


def windows(sizes: tf.RaggedTensor, room: int) -> tf.Tensor:
    """The window in which each word begins, as tag_features cuts them.

    Args:
        sizes: int64 [B, None], pieces of the words.
        room: pieces of a window.
    Returns:
        int64 [words], from 0 in each text.
    """

    def cut():
        """Word by word, in all texts at once."""

        def step(state, size):
            window, left = state
            is_new = size > left
            window += tf.cast(is_new, tf.int64)
            more = tf.maximum(size - 1, 0) // room  # of a word for no window
            left = tf.where(is_new, tf.cast(room, size.dtype), left)
            left += more * room - size
            return window + more, left

        columns = tf.transpose(sizes.to_tensor())  # [W, B]
        none = tf.zeros_like(columns[0])
        last, _ = tf.scan(step, columns, (none - 1, none))
        first = last - tf.maximum(columns - 1, 0) // room
        return tf.RaggedTensor.from_tensor(
            tf.transpose(first), sizes.row_lengths()
        ).flat_values

    fits = tf.reduce_all(tf.reduce_sum(sizes, axis=1) <= room)
    return tf.cond(fits, lambda: tf.zeros_like(sizes.flat_values), cut)


class _EntityTags:
    """From the best labels to tags in a scheme, and to entities."""

    def __init__(self, labels: Sequence[str], scheme: str) -> None:
        self._labels = list(labels)
        self._scheme = scheme
        parts = [tag_schemes.parts(label) for label in labels]
        if scheme == "none":
            parts = [("?", "")] * len(parts)
        kinds = sorted({kind for _, kind in parts} | {""})
        self._kinds = tf.constant(kinds)
        self._kind = tf.constant([kinds.index(kind) for _, kind in parts])
        self._is_begin = tf.constant([letter in "BS" for letter, _ in parts])

    def __call__(self, best, words):
        """best: int64 [words]. Returns tags, string [words], and (begins,
        is inside, kind) of the entities, [words] each."""
        kind = tf.gather(self._kind, best)
        text = words.value_rowids() + 1
        before = tf.where(_before(text) == text, _before(kind), 0)
        after = tf.where(_after(text) == text, _after(kind), 0)
        inside = kind > 0
        begins = inside & (tf.gather(self._is_begin, best) | (kind != before))
        plain = tf.gather(tf.constant(self._labels), best)
        entity = (begins, inside, tf.gather(self._kinds, kind))
        if self._scheme == "none":
            return plain, entity
        # What follows: an entity ends where the next word is none, or begins
        # one, or is of another text.
        flags = {
            "begins": begins,
            "ends": ~_after(inside & ~begins),
            "touches": begins & (kind == before),
            "touched": _after(begins) & (kind == after),
        }
        letters = tf.reshape(
            tf.constant(
                [
                    tag_schemes.letter_of(
                        self._scheme, **dict(zip(flags, values, strict=True))
                    )
                    for values in itertools.product((False, True), repeat=4)
                ]
            ),
            [2] * 4,
        )
        index = tf.stack(
            [tf.cast(x, tf.int32) for x in flags.values()], axis=-1
        )
        letter = tf.gather_nd(letters, index)
        tags = tf.strings.join([letter, entity[2]], "-")
        return tf.where(inside, tags, plain), entity


def _before(values: tf.Tensor) -> tf.Tensor:
    """The values of the words before; 0 for the first."""
    return tf.concat([tf.zeros_like(values[:1]), values[:-1]], axis=0)


def _after(values: tf.Tensor) -> tf.Tensor:
    """The values of the words after; 0 for the last."""
    return tf.concat([values[1:], tf.zeros_like(values[:1])], axis=0)


def _entities(found, entity, probability):
    begins, inside, kind = entity
    words = tf.where(inside)[:, 0]
    number = tf.cumsum(tf.cast(begins, tf.int32)) - 1
    of = tf.gather(number, words)
    count = tf.reduce_sum(tf.cast(begins, tf.int32))
    first = tf.where(begins)[:, 0]
    text = tf.gather(found.words.value_rowids(), first)
    starts = tf.gather(found.starts, first)
    ends = tf.math.unsorted_segment_max(tf.gather(found.ends, words), of, count)
    texts = tf.strings.substr(
        tf.gather(found.texts, text), starts, ends - starts, "UTF8_CHAR"
    )
    values = {
        "entities": (texts, ""),
        "types": (tf.gather(kind, first), ""),
        "starts": (starts, -1),
        "ends": (ends, -1),
        "probabilities": (
            tf.math.unsorted_segment_mean(
                tf.gather(probability, words), of, count
            ),
            0.0,
        ),
    }
    return {
        name: tf.RaggedTensor.from_value_rowids(
            value, text, nrows=found.words.nrows()
        ).to_tensor(fill)
        for name, (value, fill) in values.items()
    }

"""A pretrained model as a SavedModel that takes text or ids."""

import os

import tensorflow as tf

from albert_tf import loading
from albert_tf import models

TOP_K = 5


class FillMask(tf.Module):
    """The two signatures of an exported pretrainer.

    Args:
        model: AlbertPretrainer.
        tokenizer: a tf.Module whose `with_masks` maps string [B] to an int32
            RaggedTensor [B, None], with `mask_id` where the text says [MASK].
        pieces: the vocabulary, index = id.
        cls_id, sep_id, mask_id: ids of the special pieces.
    """

    def __init__(
        self,
        model: models.AlbertPretrainer,
        tokenizer: tf.Module,
        pieces: list[str],
        *,
        cls_id: int,
        sep_id: int,
        mask_id: int,
    ):
        super().__init__()
        self._call = model.call
        self._longest = model.config.max_position_embeddings
        self._tokenizer = tokenizer
        self._pieces = tf.constant(pieces)
        self._special = (cls_id, sep_id, mask_id)
        # Under the names by which albert_tf.load finds them in the export.
        self.model = {
            name: weight.value
            for name, weight in models.named_weights(model).items()
        }

    @tf.function(
        input_signature=[tf.TensorSpec([None], tf.string, name="texts")]
    )
    def text(self, texts):
        """Fills in every [MASK] of each text.

        Args:
            texts: string [B]; what is longer than the model's positions is cut
                off at the end.
        Returns:
            tokens: string [B, M, K], the likeliest pieces for the M masks of
                the text that has most, in order; "" at unused slots. A piece
                that starts a word begins with "▁".
            probabilities: float32 [B, M, K]; 0 at unused slots.
        """
        cls_id, sep_id, mask_id = self._special
        ids = self._tokenizer.with_masks(texts)[:, : self._longest - 2]
        ends = tf.ones([tf.shape(texts)[0], 1], tf.int32)
        ids = tf.concat([ends * cls_id, ids, ends * sep_id], axis=1)
        token_ids = ids.to_tensor()  # [B, S]
        is_mask = tf.RaggedTensor.from_tensor(token_ids == mask_id)
        positions = tf.ragged.boolean_mask(
            tf.zeros_like(token_ids) + tf.range(tf.shape(token_ids)[1]),
            is_mask.to_tensor(),
        )
        used = tf.ones_like(positions, tf.bool).to_tensor()  # [B, M]
        logits = self._call(
            {
                "token_ids": token_ids,
                "padding_mask": tf.ones_like(ids).to_tensor(),
                "mask_positions": positions.to_tensor(),
            }
        )["mlm_logits"]
        best = tf.math.top_k(tf.nn.softmax(logits), TOP_K)
        tokens = tf.gather(self._pieces, best.indices)
        used = used[:, :, None]
        return {
            "tokens": tf.where(used, tokens, ""),
            "probabilities": tf.where(used, best.values, 0.0),
        }

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, None], tf.int32, name=name)
            for name in (
                "token_ids",
                "segment_ids",
                "padding_mask",
                "mask_positions",
            )
        ]
    )
    def ids(self, token_ids, segment_ids, padding_mask, mask_positions):
        """AlbertPretrainer: int32 [B, S] and [B, M] in, its outputs out."""
        return self._call(
            {
                "token_ids": token_ids,
                "segment_ids": segment_ids,
                "padding_mask": padding_mask,
                "mask_positions": mask_positions,
            }
        )


def save(module: FillMask, config, output_dir: str) -> None:
    """Writes the SavedModel with its config beside it; all of it or nothing.

    Raises:
        FileExistsError: something lies at `output_dir`.
    """
    if tf.io.gfile.exists(output_dir):
        raise FileExistsError(
            "Nothing is overwritten. Received: an output that exists, "
            f"{output_dir}. Remove it or name another."
        )
    unfinished = output_dir.rstrip("/") + ".tmp"
    if tf.io.gfile.exists(unfinished):
        tf.io.gfile.rmtree(unfinished)
    tf.saved_model.save(
        module,
        unfinished,
        signatures={"text": module.text, "ids": module.ids},
    )
    config.to_json(os.path.join(unfinished, loading.CONFIG_FILE))
    tf.io.gfile.rename(unfinished, output_dir)

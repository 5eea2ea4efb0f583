"""Training objectives of embedding models."""

import dataclasses

import tensorflow as tf

from albert_tf import batches
from albert_tf import losses as losses_lib
from albert_tf import objectives
from albert_tf.embedding import contrastive
from albert_tf.embedding import gather
from albert_tf.embedding import graded
from albert_tf.embedding import model as embedding_model

_CLOSE = 0.1


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """What an embedding model is trained for.

    Attributes:
        loss: contrastive: in-batch negatives (`contrastive`), and for single
            texts the same text with other dropout masks as the positive, as in
            SimCSE; cosent or cosine: graded pairs (`graded`).
        temperature: what cosines are divided by; not used by cosine.
        symmetric: whether positives must also find their anchors.
        matryoshka_dims: the loss is the mean over embeddings cut to these
            sizes, and whole ones.
    """

    loss: str = "contrastive"
    temperature: float = 0.05
    symmetric: bool = False
    matryoshka_dims: tuple[int, ...] = ()


def make(options: Options) -> objectives.Objective:
    """The objective for these options.

    Source of cut embeddings: Kusupati et al. 2022, "Matryoshka Representation
    Learning".
    """

    def sums_of(embeddings: tf.Tensor, batch) -> list[dict]:
        """Args: embeddings, float32 [N, C, D], N slots of the batch."""
        examples = gather.all_examples(embeddings, batch)
        found = [
            _losses(options, _cut(examples, dim))
            for dim in sorted({*options.matryoshka_dims, embeddings.shape[-1]})
        ]
        loss = tf.add_n([loss for loss, _ in found]) / len(found)
        slots: batches.TaskBatch = {"item": tf.reshape(batch["item"], [-1])}
        return [losses_lib.item_sums(loss, found[-1][1], slots)]

    def sums(model, batch, dropout_seed):
        return sums_of(embed(model, batch, dropout_seed), batch)

    return dataclasses.replace(
        objectives.of_items(sums, _distilled),
        embed=embed,
        sums_of=sums_of,
    )


def embed(model, batch, dropout_seed) -> tf.Tensor:
    """The embeddings of a batch, float32 [N, C, D].

    N is B, or B K for packed rows. A single text is read twice, so that C is
    2; its two embeddings differ by their dropout masks.
    """
    is_single = batch["text_ids"].shape[-1] == 1
    if is_single:
        batch = {
            name: tf.concat([value, value], axis=0)
            for name, value in batch.items()
        }
    found = model(
        batch, training=dropout_seed is not None, dropout_seed=dropout_seed
    )["embeddings"]
    size = found.shape[-1]
    if is_single:
        halves = tf.split(found, 2, axis=0)
        return tf.stack([tf.reshape(x, [-1, size]) for x in halves], axis=1)
    return tf.reshape(found, [-1, batch["text_ids"].shape[-1], size])


def _cut(examples: gather.Examples, dim: int) -> gather.Examples:
    """The examples with embeddings of their first `dim` numbers, of length
    1."""
    cut = embedding_model.unit(examples.embeddings[..., :dim])
    return examples._replace(embeddings=cut)


def _losses(
    options: Options, examples: gather.Examples
) -> tuple[tf.Tensor, tf.Tensor]:
    if options.loss == "contrastive":
        return contrastive.losses(
            examples, options.temperature, options.symmetric
        )
    if options.loss == "cosine":
        return graded.cosine(examples)
    return graded.cosent(examples, options.temperature)


def _distilled(student, teacher, batch, temperature):
    """One minus the cosine with the teacher's embedding, if both have the same
    size; otherwise, the squared difference of the cosines within an example."""
    del temperature
    mine = embedding_model.unit(student["embeddings"])
    theirs = embedding_model.unit(teacher["embeddings"])
    item = batch["item"]
    if mine.shape[-1] == theirs.shape[-1]:
        loss = 1 - tf.reduce_sum(mine * theirs, axis=-1)  # [..., C]
    else:
        loss = tf.square(_cosines(mine) - _cosines(theirs))
    # A single text is read twice, all first readings before the second ones.
    readings = 2 if batch["text_ids"].shape[-1] == 1 else 1
    loss = tf.reshape(loss, [readings, tf.size(item), -1])
    loss = tf.reshape(tf.reduce_mean(loss, axis=[0, 2]), tf.shape(item))
    return [(loss, loss < _CLOSE, item >= 0)]


def _cosines(x: tf.Tensor) -> tf.Tensor:
    """[..., C, C] from [..., C, D]."""
    return tf.matmul(x, x, transpose_b=True)

"""Tagging: a tag for each word of a sentence, for example of entities."""

from albert_tf import batches
from albert_tf import objectives
from albert_tf import task_models
from albert_tf.kinds import kind

KIND = kind.Kind(
    task="tagging",
    model=task_models.AlbertTagger,
    objective=objectives.CLASSIFICATION,
    labels={"label": batches.Array("int32", "BS")},
    head="tagging",
    counts_classes=True,
    reads_pooled=False,
    reads_whole_text=True,
    # Padding of rows of words.
    may_be_empty=("words",),
    does="assigns a tag to each word of a text",
    pipeline="token-classification",
    groups="Entities and tags",
    errors="with the most wrong words",
    unit="words",
)

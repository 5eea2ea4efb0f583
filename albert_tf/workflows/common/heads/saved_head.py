"""What task.json holds of a head, besides its labels."""

from typing import Any

from albert_tf.finetuning import multitask
from albert_tf.kinds import kind
from albert_tf.workflows.common.heads import embedding_head
from albert_tf.workflows.common.heads import tag_head
from albert_tf.workflows.common.heads import writing_head


def of(head: multitask.Head) -> dict[str, Any]:
    """The entries by name, as JSON values."""
    return {
        **embedding_head.saved(head),
        **tag_head.saved(head),
        **writing_head.saved(head),
        **kind.window_options(head.options),
    }

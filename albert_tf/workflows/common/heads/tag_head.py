"""The head of a tagger, from a run's settings."""

from collections.abc import Sequence
from typing import Any

from albert_tf.crf import model as crf_model
from albert_tf.finetuning import multitask
from albert_tf.workflows.configs import finetune as finetune_config
from data_pipeline.tasks import table

# The kind of task, and the name in kinds.KINDS of its models with a CRF.
TASK = "tagging"
CRF = crf_model.HEAD


def check(
    config: finetune_config.FinetuneConfig, tasks: Sequence[table.Task]
) -> None:
    """Raises ValueError if a run without taggers is to train a CRF."""
    if config.tag_head == CRF and not any(task.kind == TASK for task in tasks):
        names = ", ".join(f"{task.name} ({task.kind})" for task in tasks)
        raise ValueError(
            "--tag_head=crf must be used with a tagging task. Received: "
            f"{names}. Leave it out."
        )


def kind_of(
    config: finetune_config.FinetuneConfig, task: table.Task
) -> str | None:
    """The kind of model that the settings choose for a tagging task; None if
    the task decides."""
    return CRF if task.kind == TASK and config.tag_head == CRF else None


def saved(head: multitask.Head) -> dict[str, Any]:
    """What task.json must hold of a head, besides its labels."""
    return {"tag_head": CRF} if head.kind == CRF else {}

"""The settings of albert-tf push."""

import dataclasses

from albert_tf.workflows.configs import model
from data_pipeline import config
from data_pipeline.config import setting


@dataclasses.dataclass(frozen=True, kw_only=True)
class PushConfig(config.Config):
    """A push of a model to the Hugging Face Hub.

    Example:
        >>> config = albert_tf.PushConfig(
        ...     checkpoint="run", repository="hf://org/name"
        ... )
        >>> config.yes
        False
    """

    checkpoint: str = setting(
        None,
        "Model to push: a run, one of its checkpoints, or anything that "
        "albert_tf.load reads.",
        is_argument=True,
        is_required=True,
    )
    repository: str = setting(
        None,
        "Where to push it: hf://org/name, or hf://org/name@branch.",
        is_argument=True,
        is_required=True,
    )
    yes: bool = setting(
        False,
        "Whether to push. If left out, the command shows what it would push, "
        "and writes nothing to the Hub.",
        section="Push",
    )
    replace: bool = setting(
        False,
        "Whether files in the repository may be replaced by others of the "
        "same name.",
        section="Push",
    )
    private: bool = setting(
        False,
        "Whether the repository must be private; a new one is created so.",
        section="Push",
    )
    license: str | None = setting(
        None,
        "License of the weights, for the model card, such as Apache-2.0.",
        section="Push",
    )
    savedmodel: bool = setting(
        False,
        "Whether to also push a SavedModel that takes text, in the subfolder "
        "savedmodel.",
        section="Push",
    )
    commit_message: str | None = setting(
        None,
        "Message of the commit. If left out, it names the checkpoint.",
        section="Push",
    )
    which: str | None = model.which_checkpoint("MODEL")
    task_name: str | None = setting(
        None,
        "Task to push, if the run has several.",
        section="Model",
    )

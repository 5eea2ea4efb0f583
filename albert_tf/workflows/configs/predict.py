"""The settings of albert-tf predict."""

import dataclasses

from albert_tf.workflows.configs import devices
from albert_tf.workflows.configs import model
from data_pipeline import config
from data_pipeline.config import setting
from data_pipeline.tasks import task_config


@dataclasses.dataclass(frozen=True, kw_only=True)
class GivenTextConfig(config.Config):
    """Texts that the command line itself gives."""

    text: tuple[str, ...] | None = setting(
        None,
        "Text to predict, in place of a file. May be given several times.",
        section="Predictions",
        is_repeated=True,
    )
    text_b: tuple[str, ...] | None = setting(
        None,
        "Second text of a pair, one for each --text.",
        section="Predictions",
        is_repeated=True,
    )
    question: tuple[str, ...] | None = setting(
        None,
        "Question to answer from --context, in span tasks. May be given "
        "several times.",
        section="Predictions",
        is_repeated=True,
    )
    context: tuple[str, ...] | None = setting(
        None,
        "Text that answers --question, one for all or one for each; in "
        "multiple choice, what the choices have in common.",
        section="Predictions",
        is_repeated=True,
    )
    choice: tuple[str, ...] | None = setting(
        None,
        "One of the choices, in multiple choice. Given once for each of them.",
        section="Predictions",
        is_repeated=True,
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class PredictConfig(
    devices.DeviceConfig,
    model.ModelConfig,
    task_config.TaskConfig,
    GivenTextConfig,
):
    """Predictions of a trained model."""

    checkpoint: str | None = setting(
        None,
        "Model to predict with: a run, one of its checkpoints, or anything "
        "that albert_tf.load reads.",
        is_argument=True,
        is_required=True,
    )
    file: str | None = setting(
        None,
        "File to predict, or - for standard input. If left out, the parts that "
        "the run's data has for prediction.",
        is_argument=True,
    )
    which: str | None = model.which_checkpoint("MODEL")
    output: str | None = setting(
        None,
        "File to write, .jsonl or .csv. If left out, one under a name of its "
        "own in predictions/ of the run or of the folder with the model.",
        section="Predictions",
    )
    predict_batch_size: int = setting(
        64,
        "Examples per prediction batch, over all replicas.",
        section="Predictions",
        minimum=1,
    )

"""The settings of albert-tf evaluate, predict and calibrate."""

import dataclasses

from albert_tf.workflows.configs import devices
from albert_tf.workflows.configs import finetune
from albert_tf.workflows.configs import model
from data_pipeline.config import setting
from data_pipeline.tasks import given_text_config
from data_pipeline.tasks.configs import evaluation_config
from data_pipeline.tasks.configs import task_config


@dataclasses.dataclass(frozen=True, kw_only=True)
class EvaluateConfig(
    devices.DeviceConfig,
    model.ModelConfig,
    evaluation_config.EvaluationConfig,
    task_config.TaskConfig,
):
    """An evaluation of a trained model.

    Example:
        >>> config = albert_tf.EvaluateConfig(checkpoint="run", file="dev.csv")
        >>> config.eval_batch_size
        64
    """

    checkpoint: str = setting(
        None,
        "Model to evaluate: a run, one of its checkpoints, or anything that "
        "albert_tf.load reads.",
        is_argument=True,
        is_required=True,
        is_weights=True,
    )
    file: str | None = setting(
        None,
        "File to evaluate on. If left out, the run's own evaluation data.",
        is_argument=True,
    )
    which: str | None = model.which_checkpoint("MODEL")
    output_dir: str | None = setting(
        None,
        "Folder in which to create evaluations/NAME. If left out, the folder "
        "of the run or of the model.",
        section="Evaluation",
    )
    eval_batch_size: int = setting(
        64,
        "Examples per evaluation batch, over all replicas.",
        section="Evaluation",
        minimum=1,
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class PredictConfig(
    devices.DeviceConfig,
    model.ModelConfig,
    task_config.TaskConfig,
    given_text_config.GivenTextConfig,
):
    """Predictions of a trained model, for a file or for texts.

    Example:
        >>> config = albert_tf.PredictConfig(
        ...     checkpoint="run", text=("A great film.", "A dull film.")
        ... )
        >>> config.predict_batch_size
        64
    """

    checkpoint: str = setting(
        None,
        "Model to predict with: a run, one of its checkpoints, or anything "
        "that albert_tf.load reads.",
        is_argument=True,
        is_required=True,
        is_weights=True,
    )
    file: str | None = setting(
        None,
        "File to predict, or - for standard input. If left out, the run's own "
        "data for prediction.",
        is_argument=True,
    )
    which: str | None = model.which_checkpoint("MODEL")
    output: str | None = setting(
        None,
        "File to write, .jsonl or .csv. If left out, a new file in "
        "predictions/, in the folder of the run or of the model.",
        section="Predictions",
    )
    predict_batch_size: int = setting(
        64,
        "Examples per prediction batch, over all replicas.",
        section="Predictions",
        minimum=1,
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class CalibrateConfig(
    devices.DeviceConfig, model.ModelConfig, task_config.TaskConfig
):
    """A calibration of a trained model on labeled data.

    Example:
        >>> config = albert_tf.CalibrateConfig(
        ...     checkpoint="run", file="dev.csv", coverage=0.9
        ... )
        >>> config.eval_batch_size
        64
    """

    checkpoint: str = setting(
        None,
        "Model to calibrate: a run or one of its checkpoints.",
        is_argument=True,
        is_required=True,
        is_weights=True,
    )
    file: str | None = setting(
        None,
        "File of labeled rows that the model was not trained on. If left out, "
        "the run's own evaluation data.",
        is_argument=True,
    )
    which: str | None = model.which_checkpoint("MODEL")
    coverage: float | None = setting(
        None,
        "How often prediction sets must hold the right class, above 0 and "
        "below 1, such as 0.9. If left out, there are no prediction sets.",
        section="Calibration",
    )
    none_label: str | None = setting(
        None,
        "Label in the file of texts that belong to none of the model's "
        "classes, such as oos. The threshold of none of these becomes the one "
        "with the best sum of accuracy on all other rows and recall of these.",
        section="Calibration",
    )
    none_of_these: float | None = setting(
        None,
        "Share of the texts with a class, from 0 to 1, that may be answered "
        "with none of these, such as 0.05. Sets the threshold without "
        "--none_label.",
        section="Calibration",
    )
    output_dir: str | None = setting(
        None,
        "Folder in which to create calibration/, with the measurements. If "
        "left out, the folder of the run.",
        section="Calibration",
    )
    eval_batch_size: int = setting(
        64,
        "Examples per batch, over all replicas.",
        section="Calibration",
        minimum=1,
    )


# The configs of workflows that use a trained model for its tasks.
TrainedModelConfig = (
    EvaluateConfig | PredictConfig | CalibrateConfig | finetune.FinetuneConfig
)

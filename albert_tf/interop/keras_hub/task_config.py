"""What a keras-hub task is: a head, and how texts are prepared for it."""

import os
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any
from typing import NamedTuple

import tensorflow as tf

from albert_tf import config as config_lib
from albert_tf.interop.keras_hub import preset_config
from albert_tf.io import json_file

FILE_NAME = "task.json"


class Task(NamedTuple):
    """A class of keras-hub.

    class_name, module: what it is called, and its module behind "albert_".
    head: its head, by our prefix.
    """

    class_name: str
    module: str
    head: str


TASKS = (
    Task("AlbertTextClassifier", "text_classifier", "classifier"),
    Task("AlbertMaskedLM", "masked_lm", "masked_lm"),
)
# A classifier's activation -> the kind of task that it states. Our models give
# the numbers before it.
_ACTIVATIONS = {
    None: None,
    "linear": None,
    "softmax": "classification",
    "sigmoid": "multilabel",
}


def read(
    folder: str, config: config_lib.AlbertConfig
) -> tuple[Task | None, str | None]:
    """The task of a preset, None for a backbone alone; and the kind of task
    that its activation states.

    Args:
        config: the backbone's, of config.json.
    Raises:
        ValueError: task.json is damaged, of another class, or of a backbone
            of another config.
    """
    path = os.path.join(folder, FILE_NAME)
    if not tf.io.gfile.exists(path):
        return None, None
    serialized = json_file.read_object(path)
    by_class = {task.class_name: task for task in TASKS}
    values = preset_config.config_of(serialized, tuple(by_class))
    backbone = values.get("backbone")
    if not isinstance(backbone, dict):
        raise ValueError(
            f"{FILE_NAME} must hold the config of its backbone. Received: "
            f"{str(backbone)[:80]!r}."
        )
    if preset_config.read(backbone) != config:
        raise ValueError(
            f"{FILE_NAME} and {preset_config.CONFIG_FILE} must describe the "
            "same backbone. Received: two that differ. Save the preset again."
        )
    activation = values.get("activation")
    if activation not in [*_ACTIVATIONS]:  # of any type, in a file
        raise ValueError(
            "The activation of a classifier must be null, linear, softmax or "
            f"sigmoid. Received: {str(activation)[:80]!r} in {FILE_NAME}."
        )
    return by_class[serialized["class_name"]], _ACTIVATIONS[activation]


def task_of(names: Iterable[str]) -> Task | None:
    """The task for what the weights hold; None for a backbone alone.

    Args:
        names: our names of the weights.
    Raises:
        ValueError: keras-hub has no task with this head.
    """
    # No task of theirs has the order of sentences, beside any other head.
    heads = {name.split("/")[0] for name in names}
    heads -= {"encoder", "sentence_order"}
    for task in TASKS:
        if heads == {task.head}:
            return task
    if heads:
        raise ValueError(
            "keras-hub's ALBERT must have the head of a classifier or a masked "
            f"LM, or none. Received: {', '.join(sorted(heads))}. keras-hub has "
            "no task with that head."
        )
    return None


def write(
    task: Task,
    backbone: Mapping[str, Any],
    preprocessor: Mapping[str, Any] | None,
    num_classes: int,
) -> dict[str, Any]:
    """The content of task.json.

    Args:
        backbone, preprocessor: as serialized.
        num_classes: of a classifier.
    """
    values: dict[str, Any] = {
        "backbone": backbone,
        "preprocessor": preprocessor,
    }
    if task.head == "classifier":
        values |= {
            "num_classes": num_classes,
            "activation": "linear",
            "dropout": 0.1,
        }
    return preset_config.serialized(task.module, task.class_name, values)

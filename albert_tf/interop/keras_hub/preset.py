"""Opening and writing keras-hub presets: folders of configs and weights."""

import json
import os
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from albert_tf import config as config_lib
from albert_tf.interop.keras_hub import layer_names
from albert_tf.interop.keras_hub import preset_config
from albert_tf.interop.keras_hub import task_config
from albert_tf.interop.keras_hub import tokenizer_config
from albert_tf.interop.keras_hub import weights_file
from albert_tf.io import json_file
from albert_tf.io import log_once

KIND = "keras-hub preset"
_FILES = (layer_names.MODEL_FILE, layer_names.TASK_FILE)
_KERNELS = {
    "classifier": f"{layer_names.TASK_FILE}/layers/dense/vars/0",
    "masked_lm": (
        f"{layer_names.TASK_FILE}/layers/masked_lm_head/_intermediate_dense/"
        "vars/0"
    ),
}


class Preset(NamedTuple):
    """A preset before its weights are read.

    config: of the backbone.
    shapes: by the names of `layer_names.rows`, in our layout.
    read: name -> float32 array of that shape.
    kind: the kind of task that the files state; None if they do not.
    """

    config: config_lib.AlbertConfig
    shapes: dict[str, tuple[int, ...]]
    read: Callable[[str], np.ndarray]
    kind: str | None


def find(path: str) -> str | None:
    """The folder, if `path` is a preset or a weights file in one, else None."""
    folder = os.path.dirname(path) if path.endswith(_FILES) else path
    files = (preset_config.CONFIG_FILE, layer_names.MODEL_FILE)
    if all(tf.io.gfile.exists(os.path.join(folder, name)) for name in files):
        return folder
    return None


def open_folder(folder: str) -> Preset:
    """Opens a preset, without reading its weights.

    Args:
        folder: as `find` returns it.
    Raises:
        ValueError: a file is damaged, or is of something else than an ALBERT.
    """
    serialized = json_file.read_object(
        os.path.join(folder, preset_config.CONFIG_FILE)
    )
    try:
        config = preset_config.read(serialized)
        task, kind = task_config.read(folder, config)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{folder}: {error}") from None
    shapes = _shapes(folder, layer_names.MODEL_FILE, config)
    if task is not None:
        shapes |= _shapes(folder, layer_names.TASK_FILE, config)
        if _KERNELS[task.head] not in shapes:
            raise ValueError(
                f"A preset of {task.class_name} must have the head's weights. "
                f"Received: {folder} without {_KERNELS[task.head]}. Save the "
                "preset again."
            )

        if task.head == "masked_lm":
            log_once.info(
                f"{folder}: keras-hub's masked-LM head adds 1e-05 to the "
                "variance in its norm, and ALBERT's, which is used here, "
                "1e-12. Scores differ a little."
            )

    def read(name: str) -> np.ndarray:
        file, path = layer_names.numbered(name, config).split("/", 1)
        value = weights_file.read(os.path.join(folder, file), path)
        return value.reshape(shapes[name])

    return Preset(config, shapes, read, kind)


def _shapes(
    folder: str, file: str, config: config_lib.AlbertConfig
) -> dict[str, tuple[int, ...]]:
    path = os.path.join(folder, file)
    if not tf.io.gfile.exists(path):
        raise ValueError(
            f"A preset with {task_config.FILE_NAME} must have {file}. "
            f"Received: {folder} without it. Save or fetch it again."
        )
    found = {}
    for name, shape in weights_file.shapes(path).items():
        if name.startswith("layers/"):  # not the optimizer
            name = layer_names.named(f"{file}/{name}", config)
            found[name] = layer_names.our_shape(name, shape, config)
    return found


def write(
    config: config_lib.AlbertConfig,
    task: task_config.Task | None,
    arrays: Mapping[str, np.ndarray],
    folder: str,
    *,
    vocabulary: bytes | None = None,
    max_seq_length: int | None = None,
    remembered: Mapping[str, Any] | None = None,
) -> None:
    """Writes a preset of a backbone, a text classifier or a masked LM.

    Args:
        config: config of the model.
        task: as `task_config.task_of` says.
        arrays: weights in our layout by the names of `layer_names.rows`.
        folder: exists already.
        vocabulary: a SentencePiece model with the special pieces of keras-hub;
            None for a preset without a tokenizer.
        max_seq_length: of the rows that the preprocessor makes; None for the
            longest that the model takes.
        remembered: what else task.json holds. Keras passes over it.
    Raises:
        ValueError: keras-hub's ALBERT cannot be what the arguments say.
    """
    backbone = preset_config.write(config)
    arrays = dict(arrays)
    if config.embedding_size == config.hidden_size:
        # They project in any case; this projection changes nothing.
        size = config.hidden_size
        kernel, bias = layer_names.PROJECTION
        arrays[kernel] = np.eye(size, dtype=np.float32)
        arrays[bias] = np.zeros(size, np.float32)
    for file in _FILES:
        _write_weights(folder, file, arrays, config)
    files = {preset_config.CONFIG_FILE: backbone}
    preprocessor = None
    if vocabulary is not None:
        _write(folder, tokenizer_config.VOCABULARY, vocabulary)
        files[tokenizer_config.FILE_NAME] = tokenizer_config.tokenizer()
        if task is not None:
            preprocessor = tokenizer_config.preprocessor(
                task, max_seq_length or config.max_position_embeddings
            )
            files[tokenizer_config.PREPROCESSOR_FILE] = preprocessor
    if task is not None:
        num_classes = arrays[_KERNELS[task.head]].shape[-1]
        files[task_config.FILE_NAME] = {
            **task_config.write(task, backbone, preprocessor, num_classes),
            **(remembered or {}),
        }
    for name, content in files.items():
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        _write(folder, name, text.encode())


def _write_weights(
    folder: str,
    file: str,
    arrays: Mapping[str, np.ndarray],
    config: config_lib.AlbertConfig,
) -> None:
    """Writes those of the arrays that belong to a file, if there are any."""
    inside = {
        layer_names.numbered(name, config).removeprefix(f"{file}/"): (
            value.reshape(layer_names.their_shape(name, value.shape, config))
        )
        for name, value in arrays.items()
        if name.startswith(f"{file}/")
    }
    if inside:
        weights_file.write(os.path.join(folder, file), inside)


def _write(folder: str, name: str, content: bytes) -> None:
    path = os.path.join(folder, name)
    tf.io.gfile.makedirs(os.path.dirname(path))
    with tf.io.gfile.GFile(path, "wb") as file:
        file.write(content)

"""TensorFlow checkpoints from Google, from training runs and from exports."""

import dataclasses
import math
import os
import re
from collections.abc import Callable
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from albert_tf import config as config_lib
from albert_tf import kinds
from albert_tf.hub import kaggle_cache
from albert_tf.interop import albert_zh
from albert_tf.interop import google
from albert_tf.interop import name_table
from albert_tf.interop import task_info
from albert_tf.interop import weight_source
from albert_tf.interop.tfhub import variables
from albert_tf.io import literal_paths
from albert_tf.io import log_once

# Key of the names of objects in a checkpoint.
_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
# Key of a weight in tf.train.Checkpoint(model={name: variable}).
_OUR_KEY = re.compile(r"model/(.+)/\.ATTRIBUTES/VARIABLE_VALUE")


def open_prefix(
    prefix: str,
    head: str | None,
    task: str | None = None,
    config: config_lib.AlbertConfig | None = None,
) -> weight_source.WeightSource:
    """Opens a checkpoint with Google's names, albert_zh's names or ours.

    Args:
        prefix: prefix of the checkpoint's files, from `checkpoint_prefix.find`.
        head: the head that Google's `output_weights` belong to, if no
            task.json says so. Default: classifier.
        task: the task whose head to load, for a checkpoint of several tasks.
        config: config of the checkpoint, if its folder has none.
    Raises:
        FileNotFoundError: there is no config.
        ValueError: the checkpoint cannot be read, or is not an ALBERT's.
    """
    try:
        reader = tf.train.load_checkpoint(literal_paths.readable(prefix))
    except (tf.errors.OpError, RuntimeError, ValueError) as error:
        raise _unreadable(prefix, error) from None

    def read(key: str) -> np.ndarray:
        if not dtypes[key].is_floating:
            raise ValueError(
                "Weights must be floating-point numbers. Received: "
                f"{prefix} with {key} of type {dtypes[key].name}."
            )
        try:
            return reader.get_tensor(key).astype(np.float32)
        except (tf.errors.OpError, RuntimeError, ValueError) as error:
            raise _unreadable(prefix, error) from None

    dtypes = reader.get_variable_to_dtype_map()
    shapes = {
        key: tuple(shape)
        for key, shape in reader.get_variable_to_shape_map().items()
    }
    _check_size(prefix, shapes, dtypes)
    info = task_info.read_task_file(_folder(prefix), task)
    if google.is_google(shapes):
        google.check_names(prefix, shapes)
        config = _config(prefix, config)
        google.check_config(config)
        head = _head(info) or head or "classifier"
        weights = {key: shapes[key] for key in shapes if google.is_weight(key)}
        if albert_zh.is_albert_zh(weights):
            source = albert_zh.open_source(prefix, config, head, weights, read)
            return dataclasses.replace(source, info=info)
        return weight_source.WeightSource(
            google.KIND,
            prefix,
            config,
            google.names(head),
            weights,
            read,
            info,
        )
    matches = {key: _OUR_KEY.fullmatch(key) for key in shapes}
    keys = {_unescape(match[1]): key for key, match in matches.items() if match}
    if not keys and _GRAPH in shapes:
        try:
            graph = reader.get_tensor(_GRAPH)
        except (tf.errors.OpError, RuntimeError, ValueError) as error:
            raise _unreadable(prefix, error) from None
        encoder = _open_saved_model(prefix, config, shapes, read, graph)
        if encoder is not None:
            return encoder
    keys = _of_task(keys, task, prefix)
    if "encoder/embeddings/word_embeddings" not in keys:
        raise ValueError(
            "A checkpoint must be an ALBERT's, with Google's names or ours. "
            f"Received: {prefix}, with the variables {sorted(shapes)[:3]} ... "
            "Name another checkpoint."
        )
    return weight_source.WeightSource(
        "checkpoint of albert_tf",
        prefix,
        _config(prefix, config),
        name_table.SAME,
        {name: shapes[key] for name, key in keys.items()},
        lambda name: read(keys[name]),
        info,
    )


def _open_saved_model(
    prefix: str,
    config: config_lib.AlbertConfig | None,
    shapes: Mapping[str, tuple[int, ...]],
    read: Callable[[str], np.ndarray],
    graph: bytes,
) -> weight_source.WeightSource | None:
    """An encoder for TF-Hub, whose variables are told apart by their names;
    None if it is not ALBERT's."""
    by_name = {
        name: keys
        for name, keys in variables.keys(graph).items()
        if all(key in shapes for key in keys)
    }
    rows = variables.rows(by_name)
    if rows is None:
        return None
    keys = {
        theirs: variables.unambiguous(by_name, theirs)
        for _, theirs in rows
        if theirs in by_name
    }
    config = _config(prefix, config)
    found = {
        theirs: variables.our_shape(ours, shapes[keys[theirs]], config)
        for ours, theirs in rows
        if theirs in keys
    }
    return weight_source.WeightSource(
        "TF-Hub style SavedModel",
        prefix,
        config,
        name_table.NameTable([name_table.Row(*row) for row in rows]),
        found,
        lambda name: read(keys[name]).reshape(found[name]),
    )


def write(
    config: config_lib.AlbertConfig,
    values: Mapping[str, np.ndarray],
    folder: str,
) -> dict[str, str]:
    """Writes our checkpoint format and the config to an existing folder.

    Returns:
        our names -> the names in the checkpoint, which are the same.
    """
    checkpoint = tf.train.Checkpoint(
        model={name: tf.Variable(value) for name, value in values.items()}
    )
    checkpoint.write(os.path.join(folder, "ckpt-0"))
    config.to_json(os.path.join(folder, google.CONFIG_FILE))
    return {name: name for name in values}


def _head(info: task_info.TaskInfo) -> str | None:
    """The head that Google's `output_weights` are, given the kind of task."""
    head = kinds.shared_head(info.kind)
    return head if head in ("classifier", "multiple_choice") else None


def _of_task(keys: dict[str, str], task: str | None, prefix: str) -> dict:
    """The encoder's keys and those of one task, in a run of several tasks."""
    tasks = sorted({n.split("/")[1] for n in keys if n.startswith("tasks/")})
    if not tasks:
        return keys
    if task is None and len(tasks) > 1:
        raise ValueError(
            "A task must be named for a checkpoint of several tasks. Received: "
            f"{prefix}, with {', '.join(tasks)}. Name one with `task`."
        )
    heads = tuple(f"tasks/{other}/" for other in tasks if other != task)
    return {
        name.removeprefix(f"tasks/{task}/"): key
        for name, key in keys.items()
        if not name.startswith(heads)
    }


def _check_size(
    prefix: str,
    shapes: Mapping[str, tuple[int, ...]],
    dtypes: Mapping[str, tf.DType],
) -> None:
    """Checks that the data files are as large as the index declares."""
    declared = sum(
        math.prod(shape) * dtypes[key].size
        for key, shape in shapes.items()
        if dtypes[key].is_floating
    )
    folder, name = os.path.split(prefix)
    stored = sum(
        tf.io.gfile.stat(os.path.join(folder, file)).length
        for file in tf.io.gfile.listdir(folder or ".")
        if file.startswith(name + ".data-")
    )
    if declared > stored:
        raise _unreadable(
            prefix,
            f"its weights take {declared} bytes, but its data only {stored}",
        )


def _config(
    prefix: str, given: config_lib.AlbertConfig | None
) -> config_lib.AlbertConfig:
    """The config in the checkpoint's folder, or else the given one."""
    folder = _folder(prefix)
    path = os.path.join(folder, google.CONFIG_FILE)
    if tf.io.gfile.exists(path):
        return config_lib.AlbertConfig.from_json(path)
    if given is not None:
        return given
    size = kaggle_cache.size_of(folder)
    if size is not None:
        log_once.info(f"{folder} has no config; the model is ALBERT {size}.")
        return config_lib.AlbertConfig.named(size)
    # albert_zh's archives, for example, have albert_config_tiny_g.json.
    names = [
        name
        for name in sorted(tf.io.gfile.listdir(folder or "."))
        if re.fullmatch(r"albert_config.*\.json", name)
    ]
    if len(names) != 1:
        raise FileNotFoundError(
            f"A checkpoint must have its config, {google.CONFIG_FILE}, in the "
            f"same folder. Received: {prefix} with "
            f"{', '.join(names) or 'no config'}. Copy the right one to {path}, "
            "or name it with --albert_config_file or load(..., config=path)."
        )
    log_once.info(f"{prefix}: using {names[0]} as its config.")
    return config_lib.AlbertConfig.from_json(os.path.join(folder, names[0]))


def _folder(prefix: str) -> str:
    """The folder of a checkpoint's other files.

    This is the checkpoint's own folder, or for an export the parent of
    `variables/`.
    """
    folder = os.path.dirname(prefix)
    if os.path.basename(folder) == "variables":
        return os.path.dirname(folder)
    return folder


def _unescape(name: str) -> str:
    """Undoes TensorFlow's escapes of "/" as ".S" and "." as ".."."""
    return re.sub(
        r"\.([S.])", lambda match: "/" if match[1] == "S" else ".", name
    )


def _unreadable(prefix: str, error: Exception | str) -> ValueError:
    return ValueError(
        "A checkpoint must be a complete .index file with its .data files. "
        f"Received: {prefix}, which cannot be read: {error}"
    )

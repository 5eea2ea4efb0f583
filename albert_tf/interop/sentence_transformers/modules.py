"""What modules.json of sentence-transformers and the files it names say.

Two layouts exist: before version 6, Pooling has a boolean for each mode, and
sentence_bert_config.json has max_seq_length; since then, Pooling names its mode
and the length is the tokenizer's.
"""

import dataclasses
import os
from collections.abc import Mapping
from typing import Any

from albert_tf.embedding import settings as settings_lib
from albert_tf.io import json_file

KIND = "sentence-transformers model"
MODULES_FILE = "modules.json"
PROMPTS_FILE = "config_sentence_transformers.json"
CONFIG_FILE = "config.json"
TOKENIZER_FILE = "tokenizer_config.json"
# The first that exists; before version 1, names depended on the architecture.
ENCODER_FILES = ("sentence_bert_config.json", "sentence_albert_config.json")

# Their names of poolings -> ours, and the keys of the older layout.
POOLINGS = {
    "cls": "cls",
    "max": "max",
    "mean": "mean",
    "weightedmean": "weighted_mean",
}
LEGACY = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
ACTIVATIONS = {
    "torch.nn.modules.activation.Tanh": "tanh",
    "torch.nn.modules.linear.Identity": "identity",
}
_ORDERS = (
    ("Transformer", "Pooling"),
    ("Transformer", "Pooling", "Dense"),
    ("Transformer", "Pooling", "Normalize"),
    ("Transformer", "Pooling", "Dense", "Normalize"),
)
_VECTOR = "sentence_embedding"


@dataclasses.dataclass(frozen=True)
class Described:
    """A model as the files of sentence-transformers describe it.

    Attributes:
        encoder: path of the folder with the encoder's weights and tokenizer.
        dense: path of the folder with the dense layer's weights; None if there
            is no dense layer.
        in_size: the size of the vectors that are pooled.
        max_seq_length: tokens of the longest text; None for as many as the
            encoder has positions.
        settings: everything after the encoder.
    """

    encoder: str
    dense: str | None
    in_size: int
    max_seq_length: int | None
    settings: settings_lib.EmbeddingSettings


def is_one(folder: str) -> bool:
    """Whether a folder is a SentenceTransformer's. A CrossEncoder's is an
    ordinary folder of Hugging Face with a few files more."""
    if not os.path.isfile(os.path.join(folder, MODULES_FILE)):
        return False
    described = _optional(os.path.join(folder, PROMPTS_FILE))
    return described.get("model_type") != "CrossEncoder"


def read(folder: str) -> Described:
    """Reads how a model is made.

    Raises:
        ValueError: a file is damaged, or the model has parts that an
            AlbertEmbedder does not have.
    """
    paths = _paths(folder)
    encoder, pooling = paths["Transformer"], paths["Pooling"]
    described = _optional(os.path.join(folder, PROMPTS_FILE))
    if described.get("model_type", "SentenceTransformer") != (
        "SentenceTransformer"
    ):
        raise _refused(
            folder,
            "must be a SentenceTransformer",
            f"model_type {described['model_type']!r} in {PROMPTS_FILE}",
        )
    in_size, mode = _pooling(os.path.join(pooling, CONFIG_FILE))
    dense = paths.get("Dense")
    parts: dict[str, Any] = {}
    if dense is not None:
        parts = _dense(os.path.join(dense, CONFIG_FILE), in_size)
    return Described(
        encoder,
        dense,
        in_size,
        _max_seq_length(encoder),
        settings_lib.EmbeddingSettings(
            pooling=mode,
            normalize="Normalize" in paths,
            prompts=_prompts(folder, described),
            **parts,
        ),
    )


def encoder_of(folder: str) -> str:
    """The path of the folder with the encoder's weights and tokenizer.

    Raises:
        ValueError: as for `read`.
    """
    return _paths(folder)["Transformer"]


def _paths(folder: str) -> dict[str, str]:
    """The folders of the modules by the names of their classes, in order."""
    path = os.path.join(folder, MODULES_FILE)
    found = {}
    names = []
    for module in json_file.read_array(path):
        kind, place = (
            module.get(key) if isinstance(module, dict) else None
            for key in ("type", "path")
        )
        if not isinstance(kind, str) or not isinstance(place, str):
            raise ValueError(
                "Each module must have a type and a path. Received: "
                f"{module!r:.80} in {path}. Fetch or write the file again."
            )
        if os.path.isabs(place) or ".." in place.replace("\\", "/").split("/"):
            raise ValueError(
                "The path of a module must lie in the model's folder. "
                f"Received: {place!r} in {path}. Fetch the model again from a "
                "source that you trust."
            )
        name = kind.rsplit(".", 1)[-1]
        is_theirs = kind.startswith("sentence_transformers.")
        names.append(name if is_theirs else kind)
        found[name] = os.path.join(folder, place).rstrip("/")
    if tuple(names) not in _ORDERS:
        raise _refused(
            folder,
            "must have the modules Transformer, Pooling and then, if any, "
            "Dense and Normalize",
            f"{', '.join(names) or 'no modules'} in {MODULES_FILE}",
        )
    return found


def _pooling(path: str) -> tuple[int, str]:
    """The size of the vectors that are pooled, and our name of the pooling."""
    config = json_file.read_object(path)
    mode = config.get("pooling_mode")
    if mode is None:
        mode = [name for key, name in LEGACY.items() if config.get(key)]
        mode = mode or "mean"
    if isinstance(mode, list) and len(mode) == 1:
        (mode,) = mode
    if not isinstance(mode, str) or mode not in POOLINGS:
        raise _refused(
            path,
            f"must pool in one of the ways {', '.join(POOLINGS)}",
            f"{mode!r}",
        )
    if not config.get("include_prompt", True):
        raise _refused(
            path,
            "must pool the tokens of a prompt like others",
            "include_prompt false",
        )
    size = config.get(
        "embedding_dimension", config.get("word_embedding_dimension")
    )
    return _whole(size, "embedding_dimension", path), POOLINGS[mode]


def _dense(path: str, in_size: int) -> dict[str, Any]:
    """The dense layer's settings."""
    config = json_file.read_object(path)
    activation = config.get(
        "activation_function", "torch.nn.modules.activation.Tanh"
    )
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        raise _refused(
            path,
            "must have a dense layer with one of the activation functions "
            f"{', '.join(ACTIVATIONS)}",
            f"{activation!r}",
        )
    names = [
        config.get(key) or _VECTOR
        for key in ("module_input_name", "module_output_name")
    ]
    if names != [_VECTOR] * 2 or config.get("use_residual"):
        raise _refused(
            path,
            f"must have a dense layer from {_VECTOR} to {_VECTOR} without a "
            "residual connection",
            f"{names[0]!r} to {names[1]!r}, and use_residual "
            f"{config.get('use_residual', False)!r}",
        )
    size = _whole(config.get("in_features"), "in_features", path)
    if size != in_size:
        raise ValueError(
            "A dense layer must take the vectors that are pooled. Received: "
            f"in_features {size} in {path}, and vectors of the size {in_size}. "
            "Fetch or write the folder again."
        )
    return {
        "dense_size": _whole(config.get("out_features"), "out_features", path),
        "dense_activation": ACTIVATIONS[activation],
    }


def _max_seq_length(encoder: str) -> int | None:
    """The length that sentence-transformers cuts texts to."""
    config: Mapping[str, Any] = {}
    path = ""
    for name in reversed(ENCODER_FILES):
        if os.path.isfile(os.path.join(encoder, name)):
            path = os.path.join(encoder, name)
            config = json_file.read_object(path)
    task = config.get("transformer_task", "feature-extraction")
    if task != "feature-extraction":
        raise _refused(
            path, "must have an encoder for feature-extraction", f"{task!r}"
        )
    tokenizer_file = os.path.join(encoder, TOKENIZER_FILE)
    tokenizer = _optional(tokenizer_file)
    if config.get("do_lower_case") and tokenizer.get("do_lower_case") is False:
        raise ValueError(
            f"{path} and {tokenizer_file} must agree on do_lower_case. "
            "Received: true by the first and false by the second. Set the "
            "second to true, and save the tokenizer again."
        )
    length = config.get("max_seq_length")
    if length is None:
        options = config.get("processor_kwargs", config.get("tokenizer_args"))
        if isinstance(options, dict):
            length = options.get("model_max_length")
    if length is None:
        path, length = tokenizer_file, tokenizer.get("model_max_length")
    if isinstance(length, float) and length.is_integer():
        length = int(length)  # "no limit" is 1e30
    return length if length is None else _whole(length, "the length", path)


def _prompts(folder: str, described: Mapping[str, Any]) -> dict[str, str]:
    prompts = described.get("prompts") or {}
    if not isinstance(prompts, dict):
        raise ValueError(
            "prompts must be texts by name. Received: "
            f"{prompts!r:.60} in {os.path.join(folder, PROMPTS_FILE)}. Correct "
            "the file."
        )
    prompts = {name: text or "" for name, text in prompts.items()}
    default = described.get("default_prompt_name")
    if default is not None and prompts.get(str(default)) != "":
        raise _refused(
            os.path.join(folder, PROMPTS_FILE),
            "must not put a prompt before texts unless asked to",
            f"default_prompt_name {default!r}. Set it to null, and encode with "
            f"prompt={default!r}",
        )
    return prompts


def _whole(value: Any, name: str, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(
            f"{name} must be an integer from 1 on. Received: {value!r:.40} in "
            f"{path}. Fetch or write the file again."
        )
    return value


def _optional(path: str) -> dict[str, Any]:
    """The object in a JSON file; {} without the file."""
    return json_file.read_object(path) if os.path.isfile(path) else {}


def _refused(where: str, rule: str, received: str) -> ValueError:
    return ValueError(
        f"A model of sentence-transformers {rule} to be loaded here. "
        f"Received: {received} ({where})."
    )

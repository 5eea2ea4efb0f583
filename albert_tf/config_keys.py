"""Keys in `albert_config.json` that are not fields of AlbertConfig.

google-research/albert accepts any key, so published configs have keys of BERT,
of earlier versions and of other programs. Keys with a known meaning are ignored
if they have no effect.
"""

import difflib
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from albert_tf.io import log_once

_ANY = object()

# Key -> the only value that matches our architecture; _ANY if the key does not
# describe the architecture. google-research/albert does not read these keys.
LEFTOVERS: dict[str, Any] = {
    # In released configs.
    "net_structure_type": 0,
    "gap_size": 0,
    "num_memory_blocks": 0,
    "down_scale_factor": 1,
    "layers_to_keep": [],
    # In configs of BERT and of brightmart/albert_zh.
    "directionality": "bidi",
    "ln_type": "postln",
    "pooler_type": "first_token_transform",
    "pooler_fc_size": _ANY,
    "pooler_num_attention_heads": _ANY,
    "pooler_num_fc_layers": _ANY,
    "pooler_size_per_head": _ANY,
    # Keys about a task, its text or a program.
    "num_labels": _ANY,
    "id2label": _ANY,
    "label2id": _ANY,
    "finetuning_task": _ANY,
    "problem_type": _ANY,
    "classifier_dropout_prob": _ANY,
    "pad_token_id": _ANY,
    "bos_token_id": _ANY,
    "eos_token_id": _ANY,
    "layer_norm_eps": 1e-12,
    "position_embedding_type": "absolute",
}
# Keys of a Hugging Face config.json, in which gelu is a different function.
_HUGGING_FACE = ("model_type", "architectures", "transformers_version")


def fields(
    values: Mapping[str, Any], names: Sequence[str], where: str
) -> dict[str, Any]:
    """The values of AlbertConfig's fields; the log names other keys.

    Args:
        values: the content of a config.
        names: names of AlbertConfig's fields.
        where: name of the config in the log.
    Raises:
        ValueError: a key is unknown, or its value asks for a different
            architecture.
    """
    for key in _HUGGING_FACE:
        if key in values:
            raise ValueError(
                "A config must use keys as Google's configs do. Received: "
                f"{key!r}, from a Hugging Face config, in which hidden_act "
                "'gelu' is a different function. Name the folder with its "
                "weights as the checkpoint, or write a config with Google's "
                "keys."
            )
    rest = {key: values[key] for key in values if key not in names}
    for key, value in rest.items():
        if key not in LEFTOVERS:
            known = ", ".join(names)
            raise ValueError(
                f"A config must hold only known keys: {known}. Received: "
                f"{key!r}.{_nearest(key, names)} Correct its spelling or "
                "remove it."
            )
        if LEFTOVERS[key] not in (_ANY, value):
            raise ValueError(
                f"{key} must be {LEFTOVERS[key]!r}, since other values ask for "
                f"a different architecture. Received: {value!r}."
            )
    if rest:
        log_once.info(
            f"{where}: these keys have no effect and are ignored: "
            f"{', '.join(rest)}."
        )
    return {key: values[key] for key in values if key in names}


def _nearest(key: str, names: Sequence[str]) -> str:
    found = difflib.get_close_matches(key, [*names, *LEFTOVERS], n=1)
    return f" Did you mean {found[0]}?" if found else ""

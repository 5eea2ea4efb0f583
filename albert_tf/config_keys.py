"""Keys of an `albert_config.json` beside the fields of AlbertConfig.

google-research/albert reads any key, so published configs carry keys of BERT,
of earlier versions and of other programs. Those of known meaning are left out.
"""

import difflib
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from albert_tf.io import log_once

_ANY = object()

# Key -> the only value that describes a network of ours, or any, where the key
# describes none. google-research/albert reads none of them.
LEFTOVERS: dict[str, Any] = {
    # Of the released configs.
    "net_structure_type": 0,
    "gap_size": 0,
    "num_memory_blocks": 0,
    "down_scale_factor": 1,
    "layers_to_keep": [],
    # Of BERT's and of brightmart/albert_zh's.
    "directionality": "bidi",
    "ln_type": "postln",
    "pooler_type": "first_token_transform",
    "pooler_fc_size": _ANY,
    "pooler_num_attention_heads": _ANY,
    "pooler_num_fc_layers": _ANY,
    "pooler_size_per_head": _ANY,
    # About a task, its text or a program.
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
# Of a Hugging Face config.json, in which gelu is another function.
_HUGGING_FACE = ("model_type", "architectures", "transformers_version")


def fields(
    values: Mapping[str, Any], names: Sequence[str], where: str
) -> dict[str, Any]:
    """The values of AlbertConfig's fields; a line in the log says the rest.

    Args:
        values: as read.
        names: of the fields.
        where: for the log.
    Raises:
        ValueError: an unknown key, or a known one that asks for a network of
            another kind.
    """
    for key in _HUGGING_FACE:
        if key in values:
            raise ValueError(
                "A config must have Google's keys and their meaning. Received: "
                f"{key!r}, of a Hugging Face config, whose hidden_act 'gelu' "
                "is another function. Name the folder with its weights as the "
                "checkpoint, or write a config with Google's keys."
            )
    rest = {key: values[key] for key in values if key not in names}
    for key, value in rest.items():
        if key not in LEFTOVERS:
            known = ", ".join(names)
            raise ValueError(
                f"A config must hold known keys: {known}. Received also: "
                f"{key!r}.{_nearest(key, names)} Correct its spelling or "
                "remove it."
            )
        if LEFTOVERS[key] not in (_ANY, value):
            raise ValueError(
                f"{key} must be {LEFTOVERS[key]!r}: another value asks for a "
                f"network of another kind. Received: {value!r}."
            )
    if rest:
        log_once.info(
            f"{where}: left out, since they decide nothing here: "
            f"{', '.join(rest)}."
        )
    return {key: values[key] for key in values if key in names}


def _nearest(key: str, names: Sequence[str]) -> str:
    found = difflib.get_close_matches(key, [*names, *LEFTOVERS], n=1)
    return f" Is {found[0]} meant?" if found else ""

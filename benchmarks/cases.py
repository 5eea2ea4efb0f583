"""The cases, and who takes part in each."""

import dataclasses
from typing import Any

from benchmarks import contestants as contestants_lib

PRECISIONS = ("float32", "bfloat16")
# Masked tokens of a row: google-research/albert's default, and 15%.
_MASKS = {128: 20, 512: 77}
_ROWS = 8

_LAYERS = {"num_hidden_layers": 12}
_BASE = {
    "vocab_size": 30000,
    "embedding_size": 128,
    "hidden_size": 768,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "max_position_embeddings": 512,
    # Peers' defaults are others.
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
    **_LAYERS,
}
# Of its 24 layers 4: each does the same, and takes the same time.
_LARGE = {
    **_BASE,
    "hidden_size": 1024,
    "num_attention_heads": 16,
    "intermediate_size": 4096,
    "num_hidden_layers": 4,
}
# Of models for pairs of sentences, with a vocabulary of both sides; as many
# layers on each side.
_WRITER = {
    **_BASE,
    "vocab_size": 8000,
    "hidden_size": 256,
    "num_attention_heads": 4,
    "intermediate_size": 1024,
    "num_hidden_layers": 6,
    "max_position_embeddings": 128,
}
# For --quick. The vocabulary stays: texts are encoded with a given one.
_QUICK = {
    "embedding_size": 8,
    "hidden_size": 16,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
}


@dataclasses.dataclass(frozen=True)
class Case:
    """One comparison.

    workload: what is done; the last part of the workers' names.
    figure: which of the workers' values counts; less is better.
    contestants: by name; `ours` is what the others are compared with.
    settings: of all workers.
    needs: flags that name its data.
    floor: whether matrix products are measured too.
    """

    workload: str
    figure: str
    contestants: dict[str, contestants_lib.Contestant]
    settings: dict[str, Any]
    needs: tuple[str, ...] = ()
    floor: bool = False


_PRETRAINERS = {
    **contestants_lib.ALL,
    "model_garden": contestants_lib.Contestant(
        "benchmarks.peers.model_garden_", "model_garden"
    ),
}
_PRETRAINERS_COMPILED = {
    **_PRETRAINERS,
    "transformers_compiled": contestants_lib.transformers(compiled=True),
}


def _pretraining(config, precision, length, **others) -> dict[str, Any]:
    return {
        "config": config,
        "precision": precision,
        "rows": _ROWS,
        "length": length,
        "masks": _MASKS[length],
        "steps": 5,
        "training": True,
        **others,
    }


def _steps() -> dict[str, Case]:
    return {
        f"step_{size}_{precision}_{length}": Case(
            "pretraining",
            "step_seconds",
            _PRETRAINERS_COMPILED,
            _pretraining(config, precision, length),
            floor=True,
        )
        for size, config in (("base", _BASE), ("large_4_layers", _LARGE))
        for precision in PRECISIONS
        for length in _MASKS
    }


def _translation() -> dict[str, Case]:
    """Random texts of 16 tokens, about those of a long sentence of Tatoeba."""
    shared = {"config": _WRITER, "length": 16, "pad_id": 0, "end_id": 3}
    parts = {
        "training": {"rows": 128, "target_length": 16, "steps": 10},
        "decoding": {
            "rows": 32,
            "target_length": 24,
            "beam_size": 4,
            "warm_up": 2,
            "calls": 10,
        },
    }
    return {
        f"translation_{part}_{precision}": Case(
            f"translation_{part}",
            "seconds_per_1000_tokens",
            {
                "ours": contestants_lib.ours(),
                "transformers": contestants_lib.transformers(),
            },
            {**shared, "precision": precision, **settings},
        )
        for part, settings in parts.items()
        for precision in PRECISIONS
    }


_DEEP = {"config": {**_BASE, "num_hidden_layers": 24}}
_TEXTS = {"config": _BASE, "precision": "bfloat16", "length": 128}
_ANSWERS = {**_TEXTS, "training": False, "warm_up": 10, "calls": 100}

CASES: dict[str, Case] = {
    **_steps(),
    # Wikipedia articles cut to 64 tokens: a quarter is padding, if padded.
    "demo_corpus": Case(
        "pretraining",
        "seconds_per_sequence",
        _PRETRAINERS_COMPILED,
        {
            **_pretraining(_BASE, "bfloat16", 128, steps=20),
            "length": 64,
            "packed_length": 256,
            "masks": 10,
            "rows": 32,
        },
        needs=("demo_records",),
    ),
    # From the start of the process.
    "first_step": Case(
        "pretraining",
        "first_step_seconds",
        {
            **_PRETRAINERS,
            "ours_loop": contestants_lib.ours(depth="loop"),
            "ours_loop_24_layers": contestants_lib.ours(depth="loop", **_DEEP),
        },
        _pretraining(_BASE, "float32", 128, steps=1),
    ),
    "step_memory_512": Case(
        "pretraining",
        "step_memory_gb",
        {
            **_PRETRAINERS,
            "ours_recompute": contestants_lib.ours(
                recompute=True, depth="loop"
            ),
        },
        _pretraining(_BASE, "float32", 512, steps=2),
    ),
    "sst2": Case(
        "finetuning",
        "seconds_per_example",
        {
            **contestants_lib.ALL,
            "ours_packed": contestants_lib.ours(flags={"pack": "true"}),
            "transformers_grouped": contestants_lib.transformers(grouped=True),
        },
        {
            **_TEXTS,
            "task_name": "sst-2",
            "rows": 32,
            "examples": 2048,
            "steps": 10,
            "training": True,
        },
        needs=("sst2_file", "spm_model_file"),
        floor=True,
    ),
    "squad": Case(
        "finetuning",
        "seconds_per_example",
        {
            "ours": contestants_lib.ours(flags={"span_head": "plain"}),
            "transformers": contestants_lib.transformers(),
        },
        {
            **_TEXTS,
            "task_name": "squad2",
            "length": 384,
            "rows": 16,
            "examples": 128,
            "stride": 128,
        },
        needs=("squad_file", "spm_model_file"),
    ),
    **_translation(),
    **{
        f"text_to_label_{rows}": Case(
            "inference",
            "seconds_per_text",
            contestants_lib.FORMS,
            {**_ANSWERS, **calls, "rows": rows, "steps": 10},
            needs=("sst2_file", "spm_model_file"),
            floor=rows < 1000,
        )
        for rows, calls in (
            (1, {}),
            (32, {}),
            (1000, {"warm_up": 1, "calls": 1}),
        )
    },
    "tokenization": Case(
        "tokenization",
        "seconds_per_mb",
        contestants_lib.ALL,
        {"warm_up": 1, "calls": 5},
        needs=("text_file", "spm_model_file"),
    ),
    "record_building": Case(
        "records",
        "seconds_per_mb",
        {"ours": contestants_lib.ours()},
        {"part": "build"},
        needs=("text_file", "spm_model_file"),
    ),
    "input_pipeline": Case(
        "records",
        "seconds_per_1000_rows",
        {"ours": contestants_lib.ours()},
        {"part": "feed", "length": 512, "seconds": 30},
        needs=("records",),
    ),
}


def quick(settings: dict[str, Any]) -> dict[str, Any]:
    """The same in a few seconds: tiny sizes, few steps."""
    small = {
        "rows": 2,
        "length": 32,
        "target_length": 8,
        "masks": 4,
        "steps": 2,
        "examples": 8,
        "warm_up": 1,
        "calls": 2,
        "seconds": 2,
    }
    changed = {
        k: min(v, settings[k]) for k, v in small.items() if k in settings
    }
    if "config" in settings:
        changed["config"] = {**settings["config"], **_QUICK}
    if settings.get("task_name") == "squad2":
        # A window has a question and markers in it too.
        changed |= {"length": 128, "stride": 32}
    if settings.get("part") == "feed" or "packed_length" in settings:
        changed["length"] = settings["length"]  # the records'
    if "packed_length" in settings:
        changed["packed_length"] = settings["length"]
    return {**settings, **changed}

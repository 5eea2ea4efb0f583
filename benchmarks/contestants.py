"""Who takes part in the cases."""

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True)
class Contestant:
    """module: the worker of benchmarks/, but for the workload's name.

    peer: whose Python runs it; None: ours.
    settings: over the case's.
    """

    module: str
    peer: str | None = None
    settings: dict[str, Any] = dataclasses.field(default_factory=dict)


def ours(**settings) -> Contestant:
    return Contestant("benchmarks.ours.", None, settings)


def transformers(**settings) -> Contestant:
    return Contestant(
        "benchmarks.peers.transformers_", "transformers", settings
    )


def keras_hub(**settings) -> Contestant:
    return Contestant("benchmarks.peers.keras_hub_", "keras_hub", settings)


ALL = {
    "ours": ours(),
    "transformers": transformers(),
    "keras_hub": keras_hub(),
}

_QUANTIZATIONS = {
    "onnx": ("float32", "int8", "dynamic_int8"),
    "openvino": ("float32", "bfloat16", "int8"),
}


def runtime(name: str, quantization: str) -> Contestant:
    """transformers' model, exported for another runtime."""
    settings = {"precision": "float32", "quantization": quantization}
    return Contestant(f"benchmarks.peers.{name}_", "transformers", settings)


# Ours and transformers' model, in each runtime and precision.
FORMS = {
    **ALL,
    "ours_litert_dynamic_int8": ours(
        form="litert/dynamic_int8", precision="float32"
    ),
    **{
        f"ours_{name}_{quantization}": ours(
            form=f"{name}/{quantization}", precision="float32"
        )
        for name, quantizations in _QUANTIZATIONS.items()
        for quantization in quantizations
    },
    "transformers_float32": transformers(precision="float32"),
    **{
        f"{name}_{quantization}": runtime(name, quantization)
        for name, quantizations in (
            ("onnxruntime", _QUANTIZATIONS["onnx"]),
            ("openvino", _QUANTIZATIONS["openvino"]),
        )
        for quantization in quantizations
    },
}

r"""Compiles a train step for TPUs, on a machine that has none.

    python -m tools.tpu_compile_check --model=base --train_batch_size=128

The project's own step is traced under TPUStrategy, its devices being parts of
the CPU, and compiled by libtpu's compiler for the devices of --topology, at one
replica each. Prints what it takes as one JSON line. What no TPU would run ends
with a message and exit code 1: an operation without TPU kernel, a shape that is
not known before, more memory than a device has. Nothing is run, so this says
nothing about speed or numbers (docs/tpu.md).

Needs the packages of requirements-tpu-check.txt in an environment of their own.
"""

import dataclasses
import gc
import json
import resource
import time

from absl import flags

from data_pipeline.commands import command_line
from tools.tpu_check import environment

_FLAGS = flags.FLAGS

flags.DEFINE_string("model", None, "Published model size, such as base.")
flags.DEFINE_string(
    "albert_config_file",
    None,
    "JSON file with the model's sizes, as an alternative to --model.",
)
flags.DEFINE_integer(
    "layers", None, "Number of layers, instead of the model's own.", 1
)
flags.DEFINE_enum(
    "step",
    "pretraining",
    ["pretraining", "finetuning"],
    "Training step to compile: pretraining (masked LM and sentence order) or "
    "finetuning (a classifier with three classes).",
)
flags.DEFINE_integer(
    "train_batch_size",
    128,
    "Sequences per training step, over all replicas.",
    1,
)
flags.DEFINE_integer("max_seq_length", 512, "Tokens per row.", 1)
flags.DEFINE_integer("max_predictions_per_seq", 77, "Masked tokens per row.", 1)
flags.DEFINE_enum(
    "optimizer", "lamb", ["lamb", "adamw"], "Optimizer of the training step."
)
flags.DEFINE_enum(
    "precision",
    "bfloat16",
    ["float32", "bfloat16"],
    "Precision of matrix products.",
)
flags.DEFINE_enum(
    "depth",
    "unrolled",
    ["unrolled", "loop"],
    "Whether the program contains the layers one by one, or a loop over one "
    "layer.",
)
flags.DEFINE_bool(
    "recompute", False, "Whether to recompute activations in the backward pass."
)
flags.DEFINE_integer(
    "accumulate_steps",
    1,
    "Number of parts that a replica's batch is split into.",
    1,
)
flags.DEFINE_string(
    "topology",
    "v5e:2x2",
    "Topology of the TPU, such as v5e:2x2, v5p:2x2x1, v6e:2x2 or tpu7x:2x2x1.",
)
flags.DEFINE_integer(
    "replicas",
    4,
    "Number of devices of the topology to train on, with one replica each.",
    1,
)
flags.DEFINE_float(
    "max_hbm_gib",
    None,
    "Maximum memory of a device that a step may use, in GiB, if less than the "
    "device has.",
)


# Fields of train_steps.Settings; the others come from several flags.
_SETTINGS = (
    "step",
    "max_seq_length",
    "max_predictions_per_seq",
    "optimizer",
    "precision",
    "depth",
    "recompute",
    "accumulate_steps",
)


def main(argv: list[str]) -> None:
    command_line.no_arguments(argv)
    environment.prepare()
    settings = _settings()
    start = time.perf_counter()
    parameters, lowered = _lower(settings)
    # The compiler has better use for the memory of model and optimizer, of
    # which every replica had its own.
    gc.collect()
    lowering_seconds = time.perf_counter() - start
    from tools.tpu_check import tpu_compiler

    cost = tpu_compiler.compile_program(
        lowered.hlo,
        lowered.donated,
        topology=_FLAGS.topology,
        replicas=_FLAGS.replicas,
    )
    report = {
        "model": _FLAGS.model or _FLAGS.albert_config_file,
        "layers": settings.config.num_hidden_layers,
        **{name: getattr(settings, name) for name in _SETTINGS},
        "train_batch_size": _FLAGS.train_batch_size,
        "topology": _FLAGS.topology,
        "replicas": _FLAGS.replicas,
        "parameters": parameters,
        "matrix_flops": lowered.matrix_flops,
        **dataclasses.asdict(cost),
        "lowering_seconds": lowering_seconds,
        # Kilobytes, on Linux.
        "host_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "versions": environment.versions(),
        "config": settings.config.to_dict(),
    }
    print(json.dumps(_rounded(report)))
    if _FLAGS.max_hbm_gib and cost.peak_gib > _FLAGS.max_hbm_gib:
        raise ValueError(
            "A step must fit into --max_hbm_gib of a device's memory. "
            f"Received: {_FLAGS.max_hbm_gib} and a step that takes "
            f"{cost.peak_gib:.3f}. {tpu_compiler.LESS_MEMORY}"
        )


def _rounded(report: dict) -> dict:
    return {
        name: round(value, 3) if isinstance(value, float) else value
        for name, value in report.items()
    }


def _settings():
    from albert_tf import config as config_lib
    from albert_tf.training import distribution
    from tools.tpu_check import train_steps

    if bool(_FLAGS.albert_config_file) == bool(_FLAGS.model):
        raise ValueError(
            "The model's size must come from exactly one of "
            "--albert_config_file and --model. Received: "
            f"{_FLAGS.albert_config_file!r} and {_FLAGS.model!r}."
        )
    if _FLAGS.model:
        config = config_lib.AlbertConfig.named(_FLAGS.model)
    else:
        config = config_lib.AlbertConfig.from_json(_FLAGS.albert_config_file)
    if _FLAGS.layers:
        config = dataclasses.replace(config, num_hidden_layers=_FLAGS.layers)
    distribution.check_batch_size(
        "train_batch_size",
        _FLAGS.train_batch_size,
        _FLAGS.replicas,
        _FLAGS.accumulate_steps,
    )
    return train_steps.Settings(
        config=config,
        batch_size=_FLAGS.train_batch_size // _FLAGS.replicas,
        **{name: _FLAGS[name].value for name in _SETTINGS},
    )


def _lower(settings):
    from tools.tpu_check import fake_tpus
    from tools.tpu_check import lowering
    from tools.tpu_check import train_steps

    strategy = fake_tpus.make_strategy(_FLAGS.replicas)
    function, model, _ = train_steps.make(strategy, settings)
    batch = train_steps.STEPS[settings.step].batch(settings)
    traced = train_steps.trace(strategy, function, batch)
    return model.count_params(), lowering.lower(traced)


if __name__ == "__main__":
    command_line.run(main)

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

import argparse
import dataclasses
import gc
import json
import resource
import time

from tools import options
from tools.tpu_check import environment

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


def main(arguments: argparse.Namespace) -> None:
    environment.prepare()
    settings = _settings(arguments)
    start = time.perf_counter()
    parameters, lowered = _lower(arguments, settings)
    # The compiler has better use for the memory of model and optimizer, of
    # which every replica had its own.
    gc.collect()
    lowering_seconds = time.perf_counter() - start
    from tools.tpu_check import tpu_compiler

    cost = tpu_compiler.compile_program(
        lowered.hlo,
        lowered.donated,
        topology=arguments.topology,
        replicas=arguments.replicas,
    )
    report = {
        "model": arguments.model or arguments.albert_config_file,
        "layers": settings.config.num_hidden_layers,
        **{name: getattr(settings, name) for name in _SETTINGS},
        "train_batch_size": arguments.train_batch_size,
        "topology": arguments.topology,
        "replicas": arguments.replicas,
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
    if arguments.max_hbm_gib and cost.peak_gib > arguments.max_hbm_gib:
        raise ValueError(
            "A step must fit into --max_hbm_gib of a device's memory. "
            f"Received: {arguments.max_hbm_gib} and a step that takes "
            f"{cost.peak_gib:.3f}. {tpu_compiler.LESS_MEMORY}"
        )


def _rounded(report: dict) -> dict:
    return {
        name: round(value, 3) if isinstance(value, float) else value
        for name, value in report.items()
    }


def _settings(arguments: argparse.Namespace):
    from albert_tf import config as config_lib
    from albert_tf.training import distribution
    from tools.tpu_check import train_steps

    if bool(arguments.albert_config_file) == bool(arguments.model):
        raise ValueError(
            "The model's size must come from exactly one of "
            "--albert_config_file and --model. Received: "
            f"{arguments.albert_config_file!r} and {arguments.model!r}."
        )
    if arguments.model:
        config = config_lib.AlbertConfig.named(arguments.model)
    else:
        config = config_lib.AlbertConfig.from_json(arguments.albert_config_file)
    if arguments.layers:
        config = dataclasses.replace(config, num_hidden_layers=arguments.layers)
    distribution.check_batch_size(
        "train_batch_size",
        arguments.train_batch_size,
        arguments.replicas,
        arguments.accumulate_steps,
    )
    return train_steps.Settings(
        config=config,
        batch_size=arguments.train_batch_size // arguments.replicas,
        **{name: getattr(arguments, name) for name in _SETTINGS},
    )


def _lower(arguments: argparse.Namespace, settings):
    from tools.tpu_check import fake_tpus
    from tools.tpu_check import lowering
    from tools.tpu_check import train_steps

    strategy = fake_tpus.make_strategy(arguments.replicas)
    function, model, _ = train_steps.make(strategy, settings)
    batch = train_steps.STEPS[settings.step].batch(settings)
    traced = train_steps.trace(strategy, function, batch)
    return model.count_params(), lowering.lower(traced)


def _parser() -> options.Parser:
    parser = options.Parser(__doc__)
    add = parser.add_argument
    add("--model", help="Published model size, such as base.")
    add(
        "--albert_config_file",
        help="JSON file with the model's sizes, as an alternative to --model.",
    )
    add(
        "--layers",
        type=options.at_least(1),
        help="Number of layers, instead of the model's own.",
    )
    add(
        "--step",
        choices=["pretraining", "finetuning"],
        default="pretraining",
        help="Training step to compile: pretraining (masked LM and sentence "
        "order) or finetuning (a classifier with three classes).",
    )
    add(
        "--train_batch_size",
        type=options.at_least(1),
        default=128,
        help="Sequences per training step, over all replicas.",
    )
    add(
        "--max_seq_length",
        type=options.at_least(1),
        default=512,
        help="Tokens per row.",
    )
    add(
        "--max_predictions_per_seq",
        type=options.at_least(1),
        default=77,
        help="Masked tokens per row.",
    )
    add(
        "--optimizer",
        choices=["lamb", "adamw"],
        default="lamb",
        help="Optimizer of the training step.",
    )
    add(
        "--precision",
        choices=["float32", "bfloat16"],
        default="bfloat16",
        help="Precision of matrix products.",
    )
    add(
        "--depth",
        choices=["unrolled", "loop"],
        default="unrolled",
        help="Whether the program contains the layers one by one, or a loop "
        "over one layer.",
    )
    options.add_switch(
        parser,
        "--recompute",
        "Whether to recompute activations in the backward pass.",
    )
    add(
        "--accumulate_steps",
        type=options.at_least(1),
        default=1,
        help="Number of parts that a replica's batch is split into.",
    )
    add(
        "--topology",
        default="v5e:2x2",
        help="Topology of the TPU, such as v5e:2x2, v5p:2x2x1, v6e:2x2 or "
        "tpu7x:2x2x1.",
    )
    add(
        "--replicas",
        type=options.at_least(1),
        default=4,
        help="Number of devices of the topology to train on, with one replica "
        "each.",
    )
    add(
        "--max_hbm_gib",
        type=float,
        help="Maximum memory of a device that a step may use, in GiB, if less "
        "than the device has.",
    )
    return parser


if __name__ == "__main__":
    options.run(main, _parser())

"""What a fine-tuning run trains: freezing, LoRA and a teacher."""

from typing import Any
from typing import NamedTuple

import keras
import tensorflow as tf

from albert_tf import objectives as objectives_lib
from albert_tf.compression import distillation as distillation_lib
from albert_tf.compression import quantization_aware
from albert_tf.finetuning import lora as lora_lib
from albert_tf.finetuning import multitask
from albert_tf.finetuning import run_setup
from albert_tf.finetuning import trained_weights


class Parts(NamedTuple):
    """What a run trains.

    objectives: by task.
    trained: the variables that the optimizer moves, by name.
    state: what a checkpoint needs besides weights and moments, by name.
    lora: adds its products to the model's kernels; or None.
    """

    objectives: dict[str, objectives_lib.Objective]
    trained: dict[str, keras.Variable]
    state: dict[str, keras.Variable]
    lora: lora_lib.Lora | None


def make(
    strategy: tf.distribute.Strategy,
    setup: run_setup.Setup,
    model: multitask.MultitaskModel,
) -> Parts:
    """Makes the parts of a run, with the variables that they add.

    Raises:
        ValueError: the teacher does not fit this model, or `freeze` names a
            part that the model lacks.
    """
    weights = model.weights
    names = trained_weights.trained(weights, setup.freeze)
    objectives = {task: head.objective for task, head in setup.heads.items()}
    compares = any(one.embed is not None for one in objectives.values())
    if compares and setup.distillation and setup.accumulate_steps > 1:
        raise ValueError(
            "An embedding model must be distilled with --accumulate_steps=1, "
            "since a batch in parts would have fewer negatives. Received: "
            f"--teacher and --accumulate_steps={setup.accumulate_steps}."
        )
    if setup.quantization_aware:
        # The innermost: LoRA's sums are rounded, and a teacher is not.
        objectives = {
            task: quantization_aware.adapted(objective, weights)
            for task, objective in objectives.items()
        }
    trained: dict[str, Any] = {}
    state: dict[str, Any] = {}
    lora = None
    with strategy.scope():
        if setup.distillation:
            distillation = distillation_lib.Distillation(
                setup.distillation, model.models, objectives, setup.seed
            )
            objectives = {
                task: distillation.adapted(task) for task in objectives
            }
            trained |= distillation.trained
            state |= distillation.trained
        if setup.lora_rank:
            lora = lora_lib.Lora(
                weights,
                setup.lora_rank,
                setup.lora_alpha,
                setup.seed,
            )
            # The outermost: the others see the sums of kernels and products.
            objectives = {
                task: lora.adapted(objective)
                for task, objective in objectives.items()
            }
            # Besides the small matrices, the new parts: pooler and heads.
            names = trained_weights.trained(names, ("embeddings", "block"))
            trained |= lora.trained
            state |= lora.state
    trained = {**{name: weights[name] for name in names}, **trained}
    return Parts(objectives, trained, state, lora)

"""What a fine-tuning run moves and minimizes: freezing, LoRA and a teacher."""

from typing import Any
from typing import NamedTuple

import keras

from albert_tf import kinds
from albert_tf import objectives as objectives_lib
from albert_tf.compression import distillation as distillation_lib
from albert_tf.compression import quantization_aware
from albert_tf.finetuning import lora as lora_lib
from albert_tf.finetuning import multitask
from albert_tf.finetuning import trained_weights


class Parts(NamedTuple):
    """objectives: by task.
    trained: the variables that the optimizer moves, by name.
    state: what a checkpoint needs beside weights and moments, by name.
    lora: whose products the model's kernels take, or None.
    """

    objectives: dict[str, objectives_lib.Objective]
    trained: dict[str, keras.Variable]
    state: dict[str, keras.Variable]
    lora: lora_lib.Lora | None


def make(strategy, setup, model: multitask.MultitaskModel) -> Parts:
    """Of training.Setup.

    Raises:
        ValueError: the teacher is none for this model, or there is no such
            part to freeze.
    """
    weights = model.weights
    names = trained_weights.trained(weights, setup.freeze)
    objectives = {
        task: kinds.KINDS[head.kind].objective
        for task, head in setup.heads.items()
    }
    if setup.quantization_aware:
        # Inside of the others: a teacher is not rounded, and LoRA's sums are.
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
            # Around the others: they see the sums as the model does.
            objectives = {
                task: lora.adapted(objective)
                for task, objective in objectives.items()
            }
            # Beside the small matrices, what is new: pooler and heads.
            names = trained_weights.trained(names, ("embeddings", "block"))
            trained |= lora.trained
            state |= lora.state
    trained = {**{name: weights[name] for name in names}, **trained}
    return Parts(objectives, trained, state, lora)

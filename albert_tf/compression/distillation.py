"""Distillation: a student that also learns from what a frozen teacher says.

The teacher runs in the student's step, without dropout, on the same batch. The
loss is

    (1 - weight) labels + weight logits
        + hidden_weight hidden states + attention_weight attention

    logits: cross-entropy with the teacher's distribution, both softened by the
        temperature T and the loss multiplied by T^2, so that its gradient does
        not shrink with T; of numbers the squared difference.
    hidden states: the squared difference of layer-normalized outputs, of the
        student's layers and as many of the teacher's, evenly spaced.
    attention: relations of the last layer, as in MiniLM 2: which queries, keys
        and values are alike, as distributions over the tokens.

Relations and not the attention probabilities themselves, because those never
leave a block: it may be recomputed, or a round of a loop, and [B, N, S, S] of
every layer would have to be kept. Relations need the input of one layer, and
neither the numbers of heads nor the widths have to agree.

Source: Hinton et al. 2015, "Distilling the Knowledge in a Neural Network";
Jiao et al. 2020, "TinyBERT"; Wang et al. 2021, "MiniLMv2".
"""

import dataclasses
import math

import keras
import numpy as np
import tensorflow as tf

from albert_tf import models
from albert_tf import objectives
from albert_tf.compression import distillation_losses
from albert_tf.finetuning import task_kinds
from albert_tf.interop import loading

WIDTH_MAP = "distillation/width_map"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """teacher: what albert_tf.load reads; the others as above."""

    teacher: str
    temperature: float
    weight: float
    hidden_weight: float
    attention_weight: float


class Distillation:
    """The teachers of a run, one for each task, and the width map.

    Make it in the strategy's scope and after the student, whose initial values
    come from Keras' generator.

    Args:
        settings: Settings.
        students: models, by task; of pretraining one, by any name.
        kinds: by task, those of task_kinds, or "pretraining".
        seed: of the width map.
    Attributes:
        trained: variables by name that the optimizer is to move beside the
            student's: where the widths differ and hidden states are matched, a
            matrix [H of the student, H of the teacher]. It belongs to a run's
            checkpoints and to no model.
    Raises:
        ValueError: a teacher has another head, other classes or another
            vocabulary.
    """

    def __init__(
        self,
        settings: Settings,
        students: dict[str, keras.Model],
        kinds: dict[str, str],
        seed: int,
    ):
        self._settings, self._kinds = settings, kinds
        for kind in kinds.values():
            distillation_losses.check(kind)
        self._students = students
        self._teachers = {
            task: _load(settings.teacher, task, kinds[task], student)
            for task, student in students.items()
        }
        student, teacher = (
            next(iter(group.values())).config.hidden_size
            for group in (students, self._teachers)
        )
        self.trained: dict[str, keras.Variable] = {}
        if settings.hidden_weight and student != teacher:
            rng = np.random.default_rng(seed)
            self.trained[WIDTH_MAP] = keras.Variable(
                rng.normal(0, student**-0.5, (student, teacher)),
                dtype="float32",
                name="distillation_width_map",
            )

    def adapted(
        self, task: str, objective: objectives.Objective
    ) -> objectives.Objective:
        """The objective of a task, with what the teacher adds to it.

        For each of its parts there is one more, distill_<part>, in which right
        is what the teacher says too; and distill_hidden, distill_attention.
        """
        settings = self._settings
        teacher, kind = self._teachers[task], self._kinds[task]
        weight_of = {
            "distill_hidden": settings.hidden_weight,
            "distill_attention": settings.attention_weight,
        }
        states = tuple(name for name, weight in weight_of.items() if weight)

        def weights(batch):
            labels = objective.weights(batch)
            tokens = tf.reduce_sum(tf.cast(batch["padding_mask"], tf.float32))
            return tf.concat([labels, labels, [tokens] * len(states)], axis=0)

        def sums(model, batch, dropout_seed):
            said = {}

            def student(inputs, **options):
                said["inputs"] = inputs
                said["outputs"] = model(
                    inputs, all_layers=bool(states), **options
                )
                return said["outputs"]

            found = objective.sums(student, batch, dropout_seed)
            outputs, inputs = said["outputs"], said["inputs"]
            told = tf.nest.map_structure(
                tf.stop_gradient, teacher(inputs, all_layers=bool(states))
            )
            found += distillation_losses.logit_sums(
                kind, outputs, told, batch, settings.temperature
            )
            if settings.hidden_weight:
                found.append(self._hidden_sums(outputs, told, inputs))
            if settings.attention_weight:
                found.append(
                    _attention_sums(
                        self._students[task], outputs, teacher, told, inputs
                    )
                )
            return found

        count = len(objective.parts)
        return objectives.Objective(
            (*objective.parts, *(f"distill_{p}" for p in objective.parts))
            + states,
            weights,
            sums,
            objective.epsilon * 2 + (0.0,) * len(states),
            (1 - settings.weight,) * count
            + (settings.weight,) * count
            + tuple(weight_of[name] for name in states),
            states,
        )

    def _hidden_sums(self, outputs, told, inputs):
        width_map = self.trained.get(WIDTH_MAP)
        mine, theirs = outputs["layer_outputs"], told["layer_outputs"]
        errors = [
            distillation_losses.state_error(
                state, theirs[number - 1], width_map
            )
            for state, number in zip(
                mine, _evenly(len(mine), len(theirs)), strict=True
            )
        ]
        return distillation_losses.token_sums(
            tf.add_n(errors) / len(errors), inputs
        )


def _evenly(students: int, teachers: int) -> list[int]:
    """The teacher's layer for each of the student's, from 1; last to last.

    >>> _evenly(2, 6), _evenly(3, 4)
    ([3, 6], [2, 3, 4])
    """
    return [
        math.ceil(layer * teachers / students)
        for layer in range(1, students + 1)
    ]


def _attention_sums(student, outputs, teacher, told, inputs):
    heads = math.gcd(
        student.config.num_attention_heads, teacher.config.num_attention_heads
    )
    mask = inputs["padding_mask"]
    bias = models.attention_bias(
        tf.reshape(mask, [-1, tf.shape(mask)[-1]]),  # of choices [B C, S]
        inputs.get("pack_ids"),
    )
    mine, theirs = (
        distillation_losses.relations(
            *_last_attention(model.encoder, found), bias, heads
        )
        for model, found in ((student, outputs), (teacher, told))
    )
    return distillation_losses.token_sums(
        distillation_losses.divergence(mine, theirs), inputs
    )


def _last_attention(encoder, outputs):
    """The last block's self-attention, and its input [B, S, H]."""
    layer = encoder.transformer.attention_sets[-1]
    if len(outputs["layer_outputs"]) > 1:
        return layer, outputs["layer_outputs"][-2]
    x = outputs["embedding_output"]
    return layer, x if encoder.projection is None else encoder.projection(x)


def _load(path, task, kind, student) -> keras.Model:
    """A frozen teacher for a student.

    Raises:
        ValueError: as Distillation.
    """
    teacher = loading.load(
        path, head=task_kinds.CLASSIFIERS.get(kind), task=task
    )
    if type(teacher) is not type(student):
        raise ValueError(
            "The teacher must be a model of the student's task. Received: "
            f"{path}, an {type(teacher).__name__}, for an "
            f"{type(student).__name__} ({task}). Fine-tune it on the task "
            "first; for masked words and sentence order, use a pretrained "
            "model."
        )
    for what, mine, theirs in (
        (
            "vocab_size",
            student.config.vocab_size,
            teacher.config.vocab_size,
        ),
        ("number of classes", _classes(student), _classes(teacher)),
    ):
        if mine != theirs:
            raise ValueError(
                f"Teacher and student must have the same {what}. Received: "
                f"{theirs} in {path}, and {mine} for {task}."
            )
    teacher.trainable = False
    # As the student's, but for the backward pass that it never has.
    teacher.encoder.execution = dataclasses.replace(
        student.encoder.execution, recompute=False
    )
    return teacher


def _classes(model) -> int | None:
    return getattr(getattr(model, "head", None), "num_classes", None)

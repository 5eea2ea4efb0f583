"""Distillation: a student that also learns from a frozen teacher's outputs.

The teacher runs in the student's step, without dropout, on the same batch. The
loss is

    (1 - weight) labels + weight logits
        + hidden_weight hidden states + attention_weight attention

    logits: the cross-entropy with the teacher's distribution, both softened by
        the temperature T and the loss multiplied by T^2, so that its gradient
        does not shrink with T; for numbers, the squared difference.
    hidden states: the squared difference of layer-normalized outputs, between
        the student's layers and as many of the teacher's, evenly spaced.
    attention: relations of the last layer, as in MiniLM 2: which queries, keys
        and values are alike, as distributions over the tokens.

Relations are compared, and not the attention probabilities themselves, because
those never leave a block: it may be recomputed or run in a loop, and [B, N, S,
S] would have to be kept for every layer. Relations need the input of one layer
only, and neither numbers of heads nor widths have to agree.

Source: Hinton et al. 2015, "Distilling the Knowledge in a Neural Network";
Jiao et al. 2020, "TinyBERT"; Wang et al. 2021, "MiniLMv2".
"""

import dataclasses
import math
from collections.abc import Callable
from collections.abc import Mapping

import keras
import numpy as np
import tensorflow as tf

from albert_tf import objectives as objectives_lib
from albert_tf.compression import distillation_losses
from albert_tf.layers import tokens

WIDTH_MAP = "distillation/width_map"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Teacher:
    """A teacher, and how much a student learns from it.

    name: its path, for messages.
    load: from the name of a task and its student to the teacher's model.
    temperature, weight, hidden_weight, attention_weight: as above.
    """

    name: str
    load: Callable[[str, keras.Model], keras.Model]
    temperature: float
    weight: float
    hidden_weight: float
    attention_weight: float


class Distillation:
    """The teachers of a run, one for each task, and the width map.

    Make it in the strategy's scope and after the student, whose initial values
    come from Keras' generator.

    Args:
        teacher: Teacher.
        students: models by task; for pretraining, one by any name.
        objectives: what each of them minimizes without a teacher, by task.
        seed: for the initial values of the width map.
    Attributes:
        trained: variables by name that the optimizer trains together with the
            student's: where the widths differ and hidden states are matched, a
            matrix [H of the student, H of the teacher]. It belongs to a run's
            checkpoints and to no model.
    Raises:
        ValueError: the teacher has another head, other classes or another
            vocabulary, or the objective of a task allows no teacher.
    """

    def __init__(
        self,
        teacher: Teacher,
        students: Mapping[str, keras.Model],
        objectives: Mapping[str, objectives_lib.Objective],
        seed: int,
    ):
        self._settings, self._objectives = teacher, objectives
        for task, objective in objectives.items():
            _check(task, objective)
        self._students = students
        self._teachers = {
            task: _load(teacher, task, student)
            for task, student in students.items()
        }
        mine, theirs = (
            next(iter(group.values())).config.hidden_size
            for group in (students, self._teachers)
        )
        self.trained: dict[str, keras.Variable] = {}
        if teacher.hidden_weight and mine != theirs:
            rng = np.random.default_rng(seed)
            self.trained[WIDTH_MAP] = keras.Variable(
                rng.normal(0, mine**-0.5, (mine, theirs)),
                dtype="float32",
                name="distillation_width_map",
            )

    def adapted(self, task: str) -> objectives_lib.Objective:
        """The objective of a task, with what the teacher adds to it.

        For each part there is another one, distill_<part>, in which the
        teacher's answer is the right one; and there are distill_hidden and
        distill_attention, where they have a weight.
        """
        settings, objective = self._settings, self._objectives[task]
        teacher, distilled = self._teachers[task], objective.distilled
        assert distilled is not None  # checked when this was made
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
            seen = {}

            def student(inputs, **options):
                seen["inputs"] = inputs
                seen["outputs"] = model(
                    inputs, all_layers=bool(states), **options
                )
                return seen["outputs"]

            found = objective.sums(student, batch, dropout_seed)
            outputs, inputs = seen["outputs"], seen["inputs"]
            taught = tf.nest.map_structure(
                tf.stop_gradient, teacher(inputs, all_layers=bool(states))
            )
            found += [
                distillation_losses.sums(*part)
                for part in distilled(
                    outputs, taught, batch, settings.temperature
                )
            ]
            if settings.hidden_weight:
                found.append(self._hidden_sums(outputs, taught, inputs))
            if settings.attention_weight:
                found.append(
                    _attention_sums(
                        self._students[task], outputs, teacher, taught, inputs
                    )
                )
            return found

        count = len(objective.parts)
        return objectives_lib.Objective(
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

    def _hidden_sums(self, outputs, taught, inputs):
        width_map = self.trained.get(WIDTH_MAP)
        mine, theirs = outputs["layer_outputs"], taught["layer_outputs"]
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
    """The teacher's layer for each of the student's, from 1; last for last.

    >>> _evenly(2, 6), _evenly(3, 4)
    ([3, 6], [2, 3, 4])
    """
    return [
        math.ceil(layer * teachers / students)
        for layer in range(1, students + 1)
    ]


def _attention_sums(student, outputs, teacher, taught, inputs):
    heads = math.gcd(
        student.config.num_attention_heads, teacher.config.num_attention_heads
    )
    mask = inputs["padding_mask"]
    bias = tokens.attention_bias(
        tf.reshape(mask, [-1, tf.shape(mask)[-1]]),  # of choices [B C, S]
        inputs.get("pack_ids"),
    )

    def relations(model, found):
        layer, x = _last_attention(model.encoder, found)
        return distillation_losses.relations(layer, x, bias, heads)

    mine, theirs = relations(student, outputs), relations(teacher, taught)
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


def _check(task: str, objective: objectives_lib.Objective) -> None:
    if objective.distilled is None:
        raise ValueError(
            "A student must have one head, after its last layer. Received: a "
            f"model for {task} with a classifier at every depth. Distill "
            "first, and then train the early exits from the student."
        )


def _load(settings: Teacher, task: str, student: keras.Model) -> keras.Model:
    """The frozen teacher of a student.

    Raises:
        ValueError: it does not fit the student.
    """
    path, teacher = settings.name, settings.load(task, student)
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
    # As the student's; a teacher has no backward pass to recompute for.
    teacher.encoder.execution = dataclasses.replace(
        student.encoder.execution, recompute=False
    )
    return teacher


def _classes(model) -> int | None:
    return getattr(getattr(model, "head", None), "num_classes", None)

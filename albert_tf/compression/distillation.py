"""Distillation: a student also learns from the outputs of a frozen teacher.

In each step, the teacher runs on the student's batch, without dropout. The loss
is

    (1 - weight) labels + weight logits
        + hidden_weight hidden states + attention_weight attention

    labels: the loss without a teacher.
    logits: the cross-entropy between the distributions of teacher and student,
        both softened by the temperature T. It is multiplied by T^2, so that its
        gradient does not shrink with T. For regression, the squared difference.
    hidden states: the squared difference between layer-normalized outputs of
        the student's layers and of as many of the teacher's, evenly spaced.
    attention: the KL divergence between relations of the last layers, as in
        MiniLM 2: similarities of queries, keys and values, as distributions
        over the tokens.

Relations are compared instead of attention probabilities, which never leave a
block: the block may be recomputed or run in a loop, and [B, N, S, S] would have
to be stored for every layer. Relations need only the input of one layer, and
models may differ in the number of heads and in width.

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
    """A teacher, and the weights of the losses against it.

    Attributes:
        name: path of the teacher, for messages.
        load: maps the name of a task and its student to the teacher's model.
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

    Create it in the strategy's scope and after the student, whose initial
    values come from Keras' generator.

    Args:
        teacher: the teacher's settings.
        students: models by task; for pretraining, one model with any name.
        objectives: objectives without a teacher, by task.
        seed: seed for the initial values of the width map.
    Attributes:
        trained: variables, by name, that are trained along with the student's.
            If hidden states are matched and the widths differ, this is a matrix
            [H of the student, H of the teacher]. It is saved in checkpoints of
            a run, but is not part of a model.
    Raises:
        ValueError: the teacher has a different head, number of classes or
            vocabulary, or the objective of a task does not support a teacher.
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
        """The objective of a task, with the losses against the teacher.

        Each part gets a second one, distill_<part>, for which the teacher's
        answer is correct. distill_hidden and distill_attention are added if
        they have a weight.
        """
        settings, objective = self._settings, self._objectives[task]
        teacher, distilled = self._teachers[task], objective.distilled
        assert distilled is not None  # see _check
        weight_of = {
            "distill_hidden": settings.hidden_weight,
            "distill_attention": settings.attention_weight,
        }
        states = tuple(name for name, weight in weight_of.items() if weight)
        every = {"all_layers": True} if states else {}

        def weights(batch):
            labels = objective.weights(batch)
            tokens = tf.reduce_sum(tf.cast(batch["padding_mask"], tf.float32))
            return tf.concat([labels, labels, [tokens] * len(states)], axis=0)

        def sums(model, batch, dropout_seed):
            seen = {}

            def student(inputs, **options):
                seen["inputs"] = inputs
                seen["outputs"] = model(inputs, **every, **options)
                return seen["outputs"]

            found = objective.sums(student, batch, dropout_seed)
            outputs, inputs = seen["outputs"], seen["inputs"]
            taught = tf.nest.map_structure(
                tf.stop_gradient, teacher(inputs, **every)
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
    """The teacher's layer for each of the student's, from 1, evenly spaced.

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
            "A student must have a single head, after its last layer, and no "
            f"CRF. Received: a model for {task} with a classifier at every "
            "layer, or with --tag_head=crf. Distill first, then train a model "
            "with early exits or a CRF from the student."
        )


def _load(settings: Teacher, task: str, student: keras.Model) -> keras.Model:
    """Loads and freezes the teacher of a student.

    Raises:
        ValueError: the teacher does not match the student.
    """
    path, teacher = settings.name, settings.load(task, student)
    if type(teacher) is not type(student):
        raise ValueError(
            "The teacher must be a model for the student's task. Received: "
            f"{path}, an {type(teacher).__name__}, for an "
            f"{type(student).__name__} ({task}). Fine-tune it on the task "
            "first. For pretraining, use a pretrained model."
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
                f"{theirs} in {path}, and {mine} for {task}. Choose another "
                "teacher."
            )
    teacher.trainable = False
    # Run like the student, but without recomputation: it has no backward pass.
    teacher.encoder.execution = dataclasses.replace(
        student.encoder.execution, recompute=False
    )
    return teacher


def _classes(model: keras.Model) -> int | None:
    return getattr(getattr(model, "head", None), "num_classes", None)

"""A model as a SavedModel that takes text or ids, and gives features.

Tasks of data_pipeline.answers are put before and behind a model: nothing here
knows how text becomes ids, or what an answer is. The signatures:

    text: strings in, answers out; also the default;
    words: the same of texts that are words already, for tagging;
    ids: int32 token_ids, segment_ids and padding_mask [B, S] (of multiple
        choice [B, C, S]), and what else the head reads, to its outputs;
    features: the first three, [B, S], to sequence_output [B, S, H] and, if the
        pooler was trained, pooled_output [B, H];
    explain: strings in; pieces, string [B, S], importance, float32 [B, S], of
        each for the answer, and starts and ends, int32 [B, S], the characters
        of its text that each stands for. Not of multiple choice.

text, words and explain also give truncated, bool [B]: whether a text was longer
than what the model reads, or, of explain, longer than what is explained.
"""

import contextlib
import functools
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from albert_tf import models
from albert_tf import task_models
from albert_tf.compression import weight_bfloat16
from albert_tf.compression import weight_int8
from albert_tf.exporting import ids_function
from albert_tf.io import literal_paths


def save(
    model: keras.Model,
    tasks: dict[str, Any],
    pieces: list[str],
    folder: str,
    int8: weight_int8.Int8Weights | None = None,
    *,
    constant: bool = False,
) -> dict[str, Callable]:
    """Writes the SavedModel.

    Args:
        model: AlbertPretrainer or one of task_models.
        tasks: of data_pipeline.answers.kinds.
        pieces: the vocabulary, index = id.
        folder: to write to; what lies there is overwritten.
        int8: the model's weights, to be saved in place of them.
        constant: whether the graphs hold the weights, as weight_bfloat16 says,
            whose model it must be. Since each holds all, there are then text,
            words and ids only.
    Returns:
        The signatures, by name.
    """
    module = tf.Module()
    if int8:
        module.int8 = int8
    elif not constant:
        # Under the names by which albert_tf.load finds them in the export.
        module.model = {
            name: weight.value
            for name, weight in models.named_weights(model).items()
        }
    module.tasks = tasks  # hold the tokenizer's resources
    found = signatures(model, tasks, pieces, int8, constant=constant)
    # As functions of one dict too, which is what keras.layers.TFSMLayer calls.
    for name, signature in found.items():
        setattr(module, name, _of_dict(signature))
    tf.saved_model.save(module, folder, signatures=found)
    return found


def signatures(
    model: keras.Model,
    tasks: dict[str, Any],
    pieces: list[str],
    int8: weight_int8.Int8Weights | None = None,
    *,
    constant: bool = False,
) -> dict[str, Callable]:
    """By name; arguments as of `save`."""

    def features(**rows):
        encoded = model.encoder.call(rows, all_layers=False)
        names = {"sequence_output", "pooled_output"}
        names -= ids_function.untrained_outputs(model)
        return {name: encoded[name] for name in names}

    def reading():
        if constant:
            return weight_bfloat16.read_by(model)
        return int8.read_by(model) if int8 else contextlib.nullcontext()

    rows = {
        name: tf.TensorSpec([None, None], tf.int32)
        for name in ids_function.ROWS
    }
    found = {
        name: function(
            functools.partial(answer, model, task), task.inputs, reading
        )
        for name, task in tasks.items()
    }
    found["serving_default"] = found["text"]
    found["ids"] = function(
        lambda **rows: ids_function.outputs(model, rows),
        ids_function.specs(model),
        reading,
    )
    if constant:
        return found
    found["features"] = function(features, rows, reading)
    if not isinstance(model, task_models.AlbertMultipleChoice):
        text = tasks["text"]
        found["explain"] = function(
            functools.partial(explain, model, text, pieces),
            text.inputs,
            reading,
        )
    return found


def answer(model: keras.Model, task: Any, **strings) -> dict[str, tf.Tensor]:
    """The signatures text and words: from strings to a task's answers."""
    rows, context = task.rows(**strings)
    if isinstance(model, task_models.AlbertClassifier):
        rows, places = task.pack(rows)
        outputs = ids_function.outputs(model, rows)
        outputs = {k: tf.gather_nd(v, places) for k, v in outputs.items()}
    else:
        outputs = ids_function.outputs(model, rows)
    answer = task.answer(outputs, context)
    return {**answer, "truncated": context["truncated"]}


def explain(
    model: keras.Model, task: Any, pieces: list[str], **strings
) -> dict[str, tf.Tensor]:
    """The signature explain: from strings to the importance of pieces."""
    rows, context = task.rows(**strings)
    importance, target = _importance(model, task, rows, context)

    def of_texts(values):
        return task.explained(values, target, context)

    importance = of_texts(importance)
    total = tf.reduce_sum(importance, axis=-1, keepdims=True)
    names = tf.gather(tf.constant(pieces), rows["token_ids"])
    names = tf.where(rows["padding_mask"] > 0, names, "")
    names = of_texts(names)
    offsets = {
        name: tf.where(names == "", -1, of_texts(places))
        for name, places in task.offsets(context, **strings).items()
    }
    return {
        "pieces": names,
        "importance": tf.math.divide_no_nan(importance, total),
        **offsets,
        "truncated": context["truncated"]
        | context.get("explained_in_part", False),
    }


def function(
    call: Callable,
    specs: Mapping[str, tf.TensorSpec],
    reading: Callable[[], contextlib.AbstractContextManager],
) -> Callable:
    """Traces a signature.

    Args:
        call: from tensors by name to tensors by name.
        specs: what the tensors that it takes are like.
        reading: a context in which the weights are read.
    """
    named = {
        name: tf.TensorSpec(spec.shape, spec.dtype, name)
        for name, spec in specs.items()
    }

    def traced(**inputs):
        with reading():
            return call(**inputs)

    return tf.function(traced, autograph=False).get_concrete_function(**named)


def runner(folder: str) -> ids_function.Runner:
    """A function that runs the `ids` of a SavedModel."""
    loaded = tf.saved_model.load(literal_paths.readable(folder))
    ids = loaded.signatures["ids"]
    names = list(ids.structured_input_signature[1])

    def run(_owner, batch):  # of the variables, which are gone without it
        outputs = ids(
            **{name: tf.constant(batch[name], tf.int32) for name in names}
        )
        return {name: value.numpy() for name, value in outputs.items()}

    return functools.partial(run, loaded)


def _importance(model, task, rows, context) -> tuple[tf.Tensor, tf.Tensor]:
    """Size of gradient times input at each token's word embedding, [R, S], and
    the score of which it is the gradient, [R]."""
    table = model.encoder.embeddings.word_embeddings.value
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(table)
        target = task.target(_outputs_of_reading(model, rows), context)
    gradient = tape.gradient(target, table)  # a slice for each token, in order
    ids, mask = rows["token_ids"], rows["padding_mask"]
    embedded = tf.gather(table, tf.reshape(ids, [-1]))
    size = tf.abs(tf.reduce_sum(gradient.values * embedded, axis=-1))
    size = tf.reshape(size, tf.shape(ids)) * tf.cast(mask, size.dtype)
    return size, target


def _outputs_of_reading(model, rows):
    """Outputs that depend on the word embeddings of what is read alone: the
    masked-LM head scores with the same table."""
    if not isinstance(model, models.AlbertPretrainer):
        return ids_function.outputs(model, rows)
    encoded = model.encoder.call(rows, positions=rows["mask_positions"])
    table = model.encoder.embeddings.word_embeddings.value
    logits = model.masked_lm.call(
        encoded["sequence_output"], tf.stop_gradient(table)
    )
    return {"mlm_logits": logits}


def _of_dict(signature):
    specs = signature.structured_input_signature[1]
    return tf.function(
        lambda inputs: signature(**inputs),
        input_signature=[specs],
        autograph=False,
    )

"""A model as a SavedModel: text or ids in, answers or features out.

Tasks of data_pipeline.answers turn text into ids and outputs into answers, so
this module knows nothing of either. The signatures:

    text: strings to answers; also the default signature.
    words: the same for texts that are split into words, for tagging.
    pair: for embeddings, two texts to the cosine of their embeddings.
    ids: int32 token_ids, segment_ids and padding_mask [B, S] (for multiple
        choice [B, C, S]), and other inputs of the head, to the head's outputs.
    features: token_ids, segment_ids and padding_mask [B, S] to sequence_output
        [B, S, H] and, if the pooler was trained, pooled_output [B, H].
    explain: strings to pieces, string [B, S]; the importance of each piece for
        the answer, float32 [B, S]; and starts and ends, int32 [B, S], the
        characters of the text that each piece stands for. Not available for
        multiple choice and embeddings. For models that write, the attention of
        written pieces to these instead of importance; see alignment.py.
    explain_pair: the same for the cosine of two embeddings, with the pieces of
        both texts.

All that take strings also return truncated, bool [B]: whether a text was longer
than the model reads or, in explain, longer than the explained part.
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
from albert_tf.embedding import model as embedding_model
from albert_tf.exporting import alignment
from albert_tf.exporting import ids_function
from albert_tf.io import literal_paths

# Models whose signature "text" reads several texts in a row.
_PACKED = (task_models.AlbertClassifier, embedding_model.AlbertEmbedder)
# Signatures whose answers may be explained, and those that explain them.
EXPLAINED = {"text": "explain", "pair": "explain_pair"}


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
        tasks: tasks by the names of their signatures, from
            data_pipeline.answers.answer_modules.
        pieces: the vocabulary, in the order of ids.
        folder: folder to write to; existing files are overwritten.
        int8: 8-bit weights of the model, to be saved in place of its own.
        constant: whether the graphs hold the weights as constants, as in
            weight_bfloat16, which must have prepared the model. Since each
            graph holds all weights, only text, words and ids are written.
    Returns:
        the signatures, by name.
    """
    module = tf.Module()
    if int8:
        module.int8 = int8
    elif not constant:
        # albert_tf.load finds the export's weights by these names.
        module.model = {
            name: weight.value
            for name, weight in models.named_weights(model).items()
        }
    module.tasks = tasks  # they hold the tokenizer's resources
    found = signatures(model, tasks, pieces, int8, constant=constant)
    # keras.layers.TFSMLayer calls functions of one dict.
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
    """The signatures by name. Arguments are as in `save`."""

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
        if not (constant and name == "pair")
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
    for name, task in explained(tasks).items():
        found[name] = function(
            explaining(model, task, pieces), task.inputs, reading
        )
    return found


def explained(tasks: dict[str, Any]) -> dict[str, Any]:
    """The tasks with explanations, by the signatures that explain them."""
    return {
        explaining: tasks[name]
        for name, explaining in EXPLAINED.items()
        if hasattr(tasks.get(name), "explained")
        or hasattr(tasks.get(name), "aligned")
    }


def explaining(model: keras.Model, task: Any, pieces: list[str]) -> Callable:
    """The function of strings by name that explains a task's answers."""
    if hasattr(task, "aligned"):
        return functools.partial(alignment.align, model, task)
    return functools.partial(explain, model, task, pieces)


def answer(
    model: keras.Model, task: Any, **strings: tf.Tensor
) -> dict[str, tf.Tensor]:
    """The signatures text, words and pair: from strings to a task's answers."""
    rows, context = task.rows(**strings)
    if isinstance(model, _PACKED):
        rows, places = task.pack(rows)
        outputs = ids_function.outputs(model, rows)
        outputs = {k: tf.gather_nd(v, places) for k, v in outputs.items()}
    else:
        outputs = ids_function.outputs(model, rows)
    answer = task.answer(outputs, context)
    return {**answer, "truncated": context["truncated"]}


def explain(
    model: keras.Model, task: Any, pieces: list[str], **strings: tf.Tensor
) -> dict[str, tf.Tensor]:
    """The signatures explain and explain_pair: from strings to the importance
    of pieces."""
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
) -> Any:
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
    """Returns a function that runs the signature `ids` of a SavedModel."""
    loaded = tf.saved_model.load(literal_paths.readable(folder))
    ids = loaded.signatures["ids"]
    names = list(ids.structured_input_signature[1])

    def run(_owner, batch):  # the owner keeps the variables alive
        outputs = ids(
            **{name: tf.constant(batch[name], tf.int32) for name in names}
        )
        return {name: value.numpy() for name, value in outputs.items()}

    return functools.partial(run, loaded)


def _importance(
    model: keras.Model,
    task: Any,
    rows: dict[str, tf.Tensor],
    context: dict[str, Any],
) -> tuple[tf.Tensor, tf.Tensor]:
    """Absolute gradient times input at each token's word embedding.

    Returns:
        the importance of each token, float32 [R, S], and the score that was
        differentiated, [R].
    """
    table = model.encoder.embeddings.word_embeddings.value
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(table)
        target = task.target(_input_outputs(model, rows), context)
    gradient = tape.gradient(target, table)  # a slice for each token, in order
    ids, mask = rows["token_ids"], rows["padding_mask"]
    embedded = tf.gather(table, tf.reshape(ids, [-1]))
    size = tf.abs(tf.reduce_sum(gradient.values * embedded, axis=-1))
    size = tf.reshape(size, tf.shape(ids)) * tf.cast(mask, size.dtype)
    return size, target


def _input_outputs(model, rows):
    """Outputs that depend on word embeddings only through the input.

    The masked-LM head uses the same table for its scores; this use is excluded
    from gradients.
    """
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

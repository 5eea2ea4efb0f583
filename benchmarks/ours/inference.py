"""Worker: text to label, ours: by a SavedModel or by LiteRT."""

import tempfile
from collections.abc import Callable

import albert_tf  # before tensorflow

# isort: split
import keras
import numpy as np
import tensorflow as tf

from albert_tf.compression import weight_bfloat16
from albert_tf.exporting import litert
from albert_tf.exporting import savedmodel
from benchmarks import measure
from data_pipeline.answers import answer_modules
from data_pipeline.tasks import table
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizers


def classifier(settings: dict) -> tuple[keras.Model, dict, list[str]]:
    """One of random weights, its tasks by name, and its vocabulary."""
    tokenizer = tokenizers.load(settings["vocabulary"])
    model = albert_tf.AlbertClassifier(
        albert_tf.AlbertConfig(**settings["config"]), num_classes=2
    )
    # TensorFlow leaves out biases that are 0, and then fuses nothing.
    rng = np.random.default_rng(0)
    for weight in model.trainable_variables:
        if len(weight.shape) == 1:
            weight.assign(weight + rng.normal(scale=0.02, size=weight.shape))
    row = saved_tasks.row(table.TASKS["sst-2"], ("0", "1"))
    tasks = answer_modules.make(
        row, tokenizer, max_seq_length=settings["length"]
    )
    return model, tasks, tokenizer.pieces


def saved_model(settings: dict) -> Callable[[list[str]], object]:
    """From texts to labels, by the SavedModel that is fastest."""
    model, tasks, pieces = classifier(settings)
    constant = settings["precision"] == "bfloat16"
    if constant:
        model = weight_bfloat16.model_of(model)
    with tempfile.TemporaryDirectory() as folder:
        savedmodel.save(model, tasks, pieces, folder, constant=constant)
        loaded = tf.saved_model.load(folder)

    def answer(texts):
        found = loaded.signatures["text"](texts=tf.constant(texts))
        return found["label"].numpy()

    return answer


def litert_int8(settings: dict) -> Callable[[list[str]], object]:
    """The same by LiteRT, products of 8 bits."""
    model, tasks, _ = classifier(settings)
    content = litert.convert(model, "dynamic_int8", batch_size=None)
    outputs = litert.runner(content, num_threads=measure.threads())
    rows = tf.function(lambda texts: tasks["text"].rows(texts=texts)[0])
    return lambda texts: outputs(rows(tf.constant(texts)))["logits"].argmax(-1)


def main() -> None:
    settings = measure.settings()
    texts = measure.read_lines(settings["texts_file"], 0)
    batches = measure.batches_of(texts, settings["rows"])
    answer = (litert_int8 if settings.get("int8") else saved_model)(settings)
    seconds = measure.calls(
        lambda number: answer(batches[number % len(batches)]), settings
    )
    measure.report(
        {
            "seconds_per_text": seconds / settings["rows"],
            "versions": {
                "tensorflow": tf.__version__,
                "keras": keras.__version__,
            },
        }
    )


if __name__ == "__main__":
    main()

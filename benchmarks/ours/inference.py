"""Worker: text to label, ours: by a SavedModel or by a form that reads ids."""

import os
import tempfile
from collections.abc import Callable

import albert_tf  # before tensorflow

# isort: split
import keras
import numpy as np
import tensorflow as tf

from albert_tf.compression import weight_bfloat16
from albert_tf.exporting import formats
from albert_tf.exporting import row_groups
from albert_tf.exporting import savedmodel
from benchmarks import measure
from data_pipeline.answers import answer_modules
from data_pipeline.tasks import table
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizers

# Texts that ranges of activations are measured on, for int8.
_SAMPLES = 100


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


def saved_model(
    settings: dict, folder: str
) -> tuple[Callable[[list[str]], object], str]:
    """From texts to labels, by the SavedModel that is fastest; its path."""
    model, tasks, pieces = classifier(settings)
    constant = settings["precision"] == "bfloat16"
    if constant:
        model = weight_bfloat16.model_of(model)
    savedmodel.save(model, tasks, pieces, folder, constant=constant)
    loaded = tf.saved_model.load(folder)

    def answer(texts):
        found = loaded.signatures["text"](texts=tf.constant(texts))
        return found["label"].numpy()

    return answer, folder


def ids_form(
    settings: dict, folder: str, samples: list[str]
) -> tuple[Callable[[list[str]], object], str]:
    """The same by a form that reads ids, as the server runs it; its path."""
    model, tasks, _ = classifier(settings)
    rows = tf.function(lambda texts: tasks["text"].rows(texts=texts)[0])

    def encoded(texts):
        return {k: v.numpy() for k, v in rows(tf.constant(texts)).items()}

    name, _, quantization = settings["form"].partition("/")
    if name == "litert":
        (written,) = formats.write_litert(
            model,
            folder,
            [quantization],
            max_seq_length=settings["length"],
            fixed_length=False,
            num_choices=None,
            samples=lambda length: (),
        )
    else:
        write = {"onnx": formats.write_onnx, "openvino": formats.write_openvino}
        (written,) = write[name](
            model,
            folder,
            [quantization],
            lambda length: [encoded([text]) for text in samples],
        )
    run_rows = row_groups.RowGroups(
        written.runner, is_by_row=True, takes_one=name == "litert"
    )
    return (
        lambda texts: run_rows(encoded(texts))["logits"].argmax(-1),
        os.path.dirname(written.path),
    )


def main() -> None:
    settings = measure.settings()
    texts = measure.read_lines(settings["texts_file"], 0)
    batches = measure.batches_of(texts, settings["rows"])
    with tempfile.TemporaryDirectory() as folder:
        if "form" in settings:
            answer, path = ids_form(settings, folder, texts[:_SAMPLES])
        else:
            answer, path = saved_model(settings, folder)
        size = formats.size(path)
        figures = measure.answers(
            lambda number: answer(batches[number % len(batches)]), settings
        )
    measure.report(
        {
            **figures,
            "size_mb": size / 1e6,
            "versions": {
                "tensorflow": tf.__version__,
                "keras": keras.__version__,
            },
        }
    )


if __name__ == "__main__":
    main()

"""Worker: text to label by a SavedModel, ours."""

import os
import tempfile

import keras
import tensorflow as tf

import albert_tf
from albert_tf.compression import weight_bfloat16
from albert_tf.compression import weight_int8
from albert_tf.export import savedmodel
from benchmarks import measure
from data_pipeline.answers import kinds
from data_pipeline.tasks import saved_tasks
from data_pipeline.tasks import table
from data_pipeline.text import tokenizer as tokenizer_lib


def export(settings: dict, folder: str) -> None:
    """Writes a classifier of random weights, with its tokenizer."""
    tokenizer = tokenizer_lib.load(settings["vocabulary"])
    model = albert_tf.AlbertClassifier(
        albert_tf.AlbertConfig(**settings["config"]), num_classes=2
    )
    row = saved_tasks.row(table.TASKS["sst-2"], ("0", "1"))
    tasks = kinds.make(row, tokenizer, max_seq_length=settings["length"])
    options = {}
    if settings.get("int8"):
        options = {"int8": weight_int8.Int8Weights(model)}
    elif settings["precision"] == "bfloat16":
        model, options = weight_bfloat16.model_of(model), {"constant": True}
    savedmodel.save(model, tasks, tokenizer.pieces, folder, **options)


def main() -> None:
    settings = measure.settings()
    texts = measure.read_lines(settings["texts_file"], 0)
    batches = measure.batches_of(texts, settings["rows"])
    with tempfile.TemporaryDirectory() as home:
        folder = os.path.join(home, "export")
        export(settings, folder)
        function = tf.saved_model.load(folder).signatures["text"]

        def run(number):
            batch = tf.constant(batches[number % len(batches)])
            return function(texts=batch)["label"].numpy()

        seconds = measure.calls(run, settings)
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

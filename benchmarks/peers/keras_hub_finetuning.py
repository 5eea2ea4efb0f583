"""Worker: fine-tuning with keras-hub's `fit`, from text to weights.

Rows of one length, as its preprocessor makes them. Without XLA, as ours.
"""

import time

import keras
import numpy as np

from benchmarks import measure
from benchmarks.peers import keras_hub_models


def main() -> None:
    settings = measure.settings()
    sentences = measure.read_lines(settings["train_file"], 0)
    labels = measure.read_lines(settings["train_file"], 1)
    model = keras_hub_models.classifier(
        settings["config"],
        settings["precision"],
        settings["vocabulary"],
        settings["length"],
    )
    model.compile(
        optimizer=keras_hub_models.optimizer(),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    # Whole batches, as the others take.
    rows = settings["rows"]
    whole = len(labels) // rows * rows
    model.fit(
        np.array(sentences[:whole]),
        np.array(labels[:whole], np.int32),
        batch_size=rows,
        epochs=1,
        verbose=0,
    )
    seconds = time.time() - settings["started"]
    measure.report(
        {
            "seconds_per_example": seconds / settings["examples"],
            "seconds": seconds,
            "examples": settings["examples"],
            "steps": whole // rows,
            "versions": keras_hub_models.versions(),
        }
    )


if __name__ == "__main__":
    main()

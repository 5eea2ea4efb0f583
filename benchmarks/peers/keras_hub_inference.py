"""Worker: text to label by keras-hub's `predict_on_batch`.

Its preprocessor pads to one length, that of the longest rows.
"""

import numpy as np

from benchmarks import measure
from benchmarks.peers import keras_hub_models


def main() -> None:
    settings = measure.settings()
    model = keras_hub_models.classifier(
        settings["config"],
        settings["precision"],
        settings["vocabulary"],
        settings["length"],
    )
    model.compile(jit_compile=False)
    texts = measure.read_lines(settings["texts_file"], 0)
    batches = measure.batches_of(texts, settings["rows"])

    def run(number):
        batch = np.array(batches[number % len(batches)])
        return model.predict_on_batch(batch).argmax(-1)

    measure.report(
        {
            **measure.answers(run, settings),
            "versions": keras_hub_models.versions(),
        }
    )


if __name__ == "__main__":
    main()

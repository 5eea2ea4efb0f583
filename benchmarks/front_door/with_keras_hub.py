"""Worker: the same with keras-hub, as its guides of text classification and
of sharing models have it. It loads a classifier's encoder, not its head."""

import subprocess
import sys

from benchmarks.front_door import steps


def load_and_predict(given: steps.Given) -> list:
    import keras_hub

    # The head is a new one, with random weights.
    classifier = keras_hub.models.TextClassifier.from_preset(
        given.model, num_classes=3
    )
    return classifier.predict(given.texts).tolist()


def fine_tune(given: steps.Given) -> float:
    import keras
    import keras_hub
    import pandas as pd

    # `fit` does not shuffle texts, and the file is sorted by class.
    train = pd.read_csv(given.train).sample(frac=1, random_state=0)
    test = pd.read_csv(given.test)
    labels = sorted(set(train["category"]))
    ids = {label: i for i, label in enumerate(labels)}
    preprocessor = keras_hub.models.TextClassifierPreprocessor.from_preset(
        given.model, sequence_length=given.length
    )
    classifier = keras_hub.models.TextClassifier.from_preset(
        given.model, num_classes=len(labels), preprocessor=preprocessor
    )
    classifier.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer=keras.optimizers.AdamW(given.learning_rate),
        metrics=["accuracy"],
    )
    classifier.fit(
        train["text"].to_numpy(),
        train["category"].map(ids).to_numpy(),
        batch_size=given.rows,
        epochs=given.epochs,
    )
    scores = classifier.evaluate(
        test["text"].to_numpy(), test["category"].map(ids).to_numpy()
    )
    classifier.save_to_preset("best")
    return scores[1]


def push(given: steps.Given) -> None:
    import keras_hub

    keras_hub.upload_preset(given.push_to, "best")


def serve(given: steps.Given) -> steps.Server:
    process = subprocess.Popen(
        [
            *[sys.executable, "-m", "uvicorn", "--port", str(given.port)],
            "benchmarks.front_door.keras_hub_app:app",
        ]
    )
    return steps.Server(
        process, f"http://127.0.0.1:{given.port}/predict", given.texts
    )


if __name__ == "__main__":
    steps.run(
        [load_and_predict, fine_tune, push, serve],
        app="keras_hub_app.py",
    )

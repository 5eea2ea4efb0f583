"""Small embedding models with random weights, in folders as runs leave them."""

import keras

import albert_tf
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizers

LENGTH = 24
TEXTS = [
    "The cat sees a house in winter.",
    "",
    "a dog",
    "The teacher remembers the road every day, before noon.",
    "The cat crosses the bridge. " * 20,
]


def save(folder, vocabulary, sizes, **settings):
    """Saves a model with these settings; returns the path of its weights."""
    folder.mkdir(parents=True)
    config = albert_tf.AlbertConfig(**sizes, initializer_range=0.4)
    keras.utils.set_random_seed(3)
    model = albert_tf.AlbertEmbedder(config, settings)
    for weight in model.trainable_variables:  # biases too
        weight.assign(weight + keras.random.normal(weight.shape) * 0.2)
    model.save(folder / "model.keras")
    tokenizer = tokenizers.load(vocabulary)
    tokenizer.save(folder)
    row = {
        "kind": "embedding",
        "labels": [],
        "num_texts": 1,
        "embedding": model.settings.as_json(),
    }
    saved_tasks.write(str(folder), {"custom": row}, LENGTH, tokenizer)
    return folder / "model.keras"

"""Worker: optimizer steps of masked LM, keras-hub with TensorFlow.

It has no sentence-order head. Without XLA, as ours.
"""

import keras
import keras_hub
import numpy as np

from benchmarks import measure
from benchmarks.peers import keras_hub_models


def main() -> None:
    settings = measure.settings()
    config = settings["config"]
    model = keras_hub.models.AlbertMaskedLM(
        keras_hub_models.backbone(config, settings["precision"])
    )
    model.compile(
        optimizer=keras_hub_models.optimizer(),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    model.optimizer.build(model.trainable_variables)
    rows, length = settings["rows"], settings["length"]
    masks = settings["masks"]
    ids = np.random.default_rng(0).integers(
        5, config["vocab_size"], (rows, length), np.int32
    )
    inputs = {
        "token_ids": ids,
        "segment_ids": np.zeros_like(ids),
        "padding_mask": np.ones_like(ids),
        "mask_positions": np.tile(np.arange(masks, dtype=np.int32), (rows, 1)),
    }
    weights = np.ones((rows, masks), np.float32)

    def run():
        model.train_on_batch(inputs, ids[:, :masks], sample_weight=weights)

    measure.report(
        {
            **measure.training_steps(run, settings),
            "versions": keras_hub_models.versions(),
        }
    )


if __name__ == "__main__":
    main()

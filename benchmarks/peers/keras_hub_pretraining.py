"""Worker: optimizer steps of masked LM, keras-hub with TensorFlow.

It has no sentence-order head. Without XLA, as ours.
"""

import keras
import keras_hub

from benchmarks import measure
from benchmarks.peers import batches
from benchmarks.peers import keras_hub_models

_INPUTS = ("token_ids", "segment_ids", "padding_mask", "mask_positions")


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
    source = batches.of(settings)

    def run():
        batch = next(source)
        model.train_on_batch(
            {name: batch[name] for name in _INPUTS},
            batch["mask_ids"],
            sample_weight=batch["mask_weights"],
        )

    measure.report(
        {
            **measure.training_steps(run, settings, settings.get("sequences")),
            "versions": keras_hub_models.versions(),
        }
    )


if __name__ == "__main__":
    main()

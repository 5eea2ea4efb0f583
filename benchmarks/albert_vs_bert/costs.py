"""Worker: what a model of given sizes weighs and takes, by running it."""

import os
import tempfile

import albert_tf  # before tensorflow

# isort: split
import keras
import tensorflow as tf

from albert_tf import models
from albert_tf.layers import execution
from albert_tf.runs import checkpoints
from benchmarks import measure
from benchmarks.ours import pretraining


def _bytes(variables) -> int:
    return sum(v.shape.num_elements() * v.dtype.size for v in variables)


def _values(variables) -> list[tf.Variable]:
    return [variable.value for variable in variables]


def _checkpoint_bytes(model, optimizer) -> int:
    """Of a run's checkpoint, with the optimizer's moments, on disk."""
    with tempfile.TemporaryDirectory() as folder:
        saved = checkpoints.Checkpoints(
            folder, models.named_weights(model), optimizer, keep=1
        )
        saved.save(0)
        return sum(
            os.path.getsize(os.path.join(folder, name))
            for name in os.listdir(folder)
        )


def _latency(model, batch, settings) -> float:
    """Seconds of one row's way through the encoder."""
    names = ("token_ids", "segment_ids", "padding_mask")
    row = {name: batch[name][:1] for name in names}

    @tf.function
    def encode(row):
        return model.encoder(row, all_layers=False)["pooled_output"]

    return measure.calls(lambda _: encode(row).numpy(), settings)


def main() -> None:
    settings = measure.settings()
    if settings["precision"] == "bfloat16":
        keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    config = albert_tf.AlbertConfig(**settings["config"])
    batches = pretraining.random_batches(
        config, settings["rows"], settings["length"], settings["masks"]
    )
    run, model, optimizer = pretraining.make_run(
        config, batches, execution.Execution()
    )
    trained = _values(model.trainable_variables)
    moments = [v for slot in optimizer.slots.values() for v in _values(slot)]
    steps = measure.training_steps(run, settings)
    measure.report(
        {
            "parameters": model.count_params(),
            "weight_bytes": _bytes(trained),
            "checkpoint_bytes": _checkpoint_bytes(model, optimizer),
            "optimizer_bytes": _bytes(moments),
            # What an all-reduce adds up: one number of each weight.
            "gradient_bytes": _bytes(trained),
            "latency_seconds": _latency(model, next(iter(batches)), settings),
            **steps,
        }
    )


if __name__ == "__main__":
    main()

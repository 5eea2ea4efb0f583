"""Worker: optimizer steps of pretraining, ours."""

import keras
import numpy as np
import tensorflow as tf

import albert_tf
from albert_tf.layers import transformer
from albert_tf.training import steps as steps_lib
from benchmarks import measure


def batch(
    config: albert_tf.AlbertConfig, rows: int, length: int, masks: int
) -> dict[str, np.ndarray]:
    """Random ids, int32 [B, S], all of them tokens, with M masks each."""
    rng = np.random.default_rng(0)
    ids = rng.integers(5, config.vocab_size, (rows, length)).astype(np.int32)
    return {
        "token_ids": ids,
        "segment_ids": np.zeros_like(ids),
        "padding_mask": np.ones_like(ids),
        "mask_positions": np.tile(np.arange(masks, dtype=np.int32), (rows, 1)),
        "mask_ids": ids[:, :masks],
        "mask_weights": np.ones((rows, masks), np.float32),
        "sentence_order": np.zeros(rows, np.int32),
    }


def make_run(
    config: albert_tf.AlbertConfig,
    rows: dict[str, np.ndarray],
    execution: transformer.Execution,
    optimizer: str = "lamb",
):
    """A function that does one step, its model and its optimizer."""
    model = albert_tf.AlbertPretrainer(config)
    model.encoder.execution = execution
    optimizer = albert_tf.create_optimizer(
        optimizer, learning_rate=1e-4, num_train_steps=1000
    )
    optimizer.build(model.trainable_variables)
    strategy = tf.distribute.get_strategy()
    step = steps_lib.make_train_step(
        strategy, model, optimizer, seed=0, jit_compile=execution.compiled
    )
    run = steps_lib.make_train_steps(strategy, step, tf.Variable(0.0))
    batches = iter(tf.data.Dataset.from_tensors(rows).repeat())

    def one_step():
        return run(batches, tf.constant(1))["sums"].numpy()

    return one_step, model, optimizer


def main() -> None:
    settings = measure.settings()
    if settings["precision"] == "bfloat16":
        keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    config = albert_tf.AlbertConfig(**settings["config"])
    rows = batch(
        config, settings["rows"], settings["length"], settings["masks"]
    )
    execution = transformer.Execution(
        depth=settings.get("depth", "unrolled"),
        recompute=settings.get("recompute", False),
    )
    # Peers take AdamW: none of them has ALBERT's LAMB.
    run, _, _ = make_run(config, rows, execution, optimizer="adamw")
    measure.report(
        {
            **measure.training_steps(run, settings),
            "versions": {
                "tensorflow": tf.__version__,
                "keras": keras.__version__,
            },
        }
    )


if __name__ == "__main__":
    main()

"""Worker: optimizer steps of pretraining, ours."""

import albert_tf  # before tensorflow

# isort: split
import keras
import tensorflow as tf

from albert_tf.layers import execution as execution_lib
from albert_tf.training import steps as steps_lib
from benchmarks import measure
from data_pipeline.pretraining import batching
from data_pipeline.pretraining import mask_config
from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining.records import record_sets


def random_batches(
    config: albert_tf.AlbertConfig, rows: int, length: int, masks: int
) -> tf.data.Dataset:
    """One batch over and over: random ids, no padding."""
    one = measure.random_batch(config.vocab_size, rows, length, masks)
    return tf.data.Dataset.from_tensors(one).repeat()


def packed_batches(settings: dict) -> tuple[tf.data.Dataset, list[int]]:
    """Of records, and how many examples each of the first ones has."""
    record_set = record_sets.open_records(
        settings["demo_records"], settings["packed_length"], pack=True
    )
    spec = mask_spec.from_config(
        mask_config.MaskConfig(max_predictions_per_seq=settings["masks"]),
        record_set.tokenizer,
    )
    # As many tokens in a step as the padded rows of the others have.
    rows = settings["rows"] * settings["length"] // settings["packed_length"]
    batches = batching.training_batches(
        record_set, spec, batch_size=rows, seed=0, pack=True
    )
    first = batches.take(1 + settings["steps"]).as_numpy_iterator()
    return batches, [int(one["pack_ids"].max(axis=1).sum()) for one in first]


def make_run(
    config: albert_tf.AlbertConfig,
    batches: tf.data.Dataset,
    execution: execution_lib.Execution,
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
    batches = iter(batches)

    def one_step():
        return run(batches, tf.constant(1))["sums"].numpy()

    return one_step, model, optimizer


def main() -> None:
    settings = measure.settings()
    if settings["precision"] == "bfloat16":
        keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    config = albert_tf.AlbertConfig(**settings["config"])
    sequences = None
    if "demo_records" in settings:
        batches, sequences = packed_batches(settings)
    else:
        batches = random_batches(
            config, settings["rows"], settings["length"], settings["masks"]
        )
    execution = execution_lib.Execution(
        depth=settings.get("depth", "unrolled"),
        trace_once=True,
        recompute=settings.get("recompute", False),
    )
    # Peers take AdamW: none of them has ALBERT's LAMB.
    run, _, _ = make_run(config, batches, execution, optimizer="adamw")
    measure.report(
        {
            **measure.training_steps(run, settings, sequences),
            "versions": {
                "tensorflow": tf.__version__,
                "keras": keras.__version__,
            },
        }
    )


if __name__ == "__main__":
    main()

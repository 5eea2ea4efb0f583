"""Worker: optimizer steps of a model that writes texts, ours."""

import albert_tf  # before tensorflow

# isort: split
import tensorflow as tf

from albert_tf.kinds import generation
from albert_tf.training import steps as steps_lib
from benchmarks import measure
from benchmarks.ours import translation_models
from benchmarks.peers import random_pairs


def main() -> None:
    settings = measure.settings()
    model = translation_models.made(settings)
    batch = translation_models.batch(settings)
    # Peers take AdamW too.
    optimizer = albert_tf.create_optimizer(
        "adamw", learning_rate=1e-4, num_train_steps=1000
    )
    optimizer.build(model.trainable_variables)
    strategy = tf.distribute.get_strategy()
    objective = generation.objective(smoothing=0.1)
    # The pooler is not read.
    step = steps_lib.make_train_step(
        strategy,
        model,
        optimizer,
        objective,
        seed=0,
        weights=[
            w for w in model.trainable_variables if "pooler" not in w.path
        ],
    )
    run_steps = steps_lib.make_train_steps(
        strategy, step, tf.Variable(0.0), objective
    )
    batches = iter(tf.data.Dataset.from_tensors(batch).repeat())

    def run():
        return run_steps(batches, tf.constant(1))["sums"].numpy()

    # The start token is not predicted.
    tokens = int(tf.reduce_sum(batch["target_mask"][:, 1:]))
    measure.report(
        {
            **random_pairs.training(run, settings, tokens),
            "parameters": model.count_params(),
            "versions": translation_models.versions(),
        }
    )


if __name__ == "__main__":
    main()

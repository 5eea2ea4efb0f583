"""ALBERT's learning rate schedule."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="albert_tf")
class WarmupPolynomialDecay(keras.optimizers.schedules.LearningRateSchedule):
    """Linear warm-up in front of a polynomial decay to 0.

    As in the original, the decay starts at step 0 and the warm-up only replaces
    it, so the rate drops where warm-up ends: with a warm-up of 3,125 of 125,000
    steps, from 99.97% of the peak to 97.5%. Unlike in the original, the rate
    before `start_warmup_step` is 0 rather than negative.

    Updates count from 1, as in the original, whose graph reads the global step
    after the increment. The first update therefore uses the peak divided by
    num_warmup_steps, not 0.

    Args:
        learning_rate: peak learning rate.
        num_train_steps: step at which the learning rate reaches 0.
        num_warmup_steps: steps of linear warm-up from 0.
        start_warmup_step: step at which the warm-up starts.
        poly_power: power of the decay; 1 is linear.
    Source: google-research/albert, optimization.py, create_optimizer.
    """

    def __init__(
        self,
        learning_rate,
        num_train_steps,
        num_warmup_steps=0,
        start_warmup_step=0,
        poly_power=1.0,
    ):
        if learning_rate <= 0:
            raise ValueError(
                f"learning_rate must be above 0. Received: {learning_rate}."
            )
        if not 0 <= start_warmup_step + num_warmup_steps < num_train_steps:
            raise ValueError(
                "Warm-up must end before training does. Received: "
                f"start_warmup_step={start_warmup_step}, num_warmup_steps="
                f"{num_warmup_steps}, num_train_steps={num_train_steps}. Use "
                "fewer warm-up steps or more training steps."
            )
        self.learning_rate = learning_rate
        self.num_train_steps = num_train_steps
        self.num_warmup_steps = num_warmup_steps
        self.start_warmup_step = start_warmup_step
        self.poly_power = poly_power

    def __call__(self, iterations):
        step = tf.cast(iterations, tf.float32) + 1.0
        done = tf.minimum(step / self.num_train_steps, 1.0)
        decayed = self.learning_rate * (1.0 - done) ** self.poly_power
        if not self.num_warmup_steps:
            return decayed
        warm = (step - self.start_warmup_step) / self.num_warmup_steps
        return tf.where(
            warm < 1.0, self.learning_rate * tf.maximum(warm, 0.0), decayed
        )

    def get_config(self):
        return {
            "learning_rate": self.learning_rate,
            "num_train_steps": self.num_train_steps,
            "num_warmup_steps": self.num_warmup_steps,
            "start_warmup_step": self.start_warmup_step,
            "poly_power": self.poly_power,
        }

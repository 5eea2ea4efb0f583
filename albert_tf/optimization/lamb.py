"""LAMB as in ALBERT."""

import keras
import tensorflow as tf

from albert_tf.optimization import adamw


@keras.saving.register_keras_serializable(package="albert_tf")
class Lamb(adamw.AdamW):
    """AdamW with each update u rescaled to the norm of the weights w.

        w = w - learning_rate (||w|| / ||u||) u

    The trust ratio ||w|| / ||u|| is a single number for each variable, even if
    all layers share it. It is not clipped, and it is 1 if either norm is 0 and
    for norms and biases. `keras.optimizers.Lamb` (3.15) differs: it corrects
    bias, applies weight decay outside the trust ratio, and rescales every
    variable.

    Args: as for AdamW.
    Source: You et al. 2019, "Large Batch Optimization for Deep Learning:
        Training BERT in 76 minutes"; google-research/albert, lamb_optimizer.py.
    """

    def __init__(self, learning_rate=1e-3, name="lamb", **kwargs):
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self._names = [
            variable.path.split("/", 1)[-1] for variable in variables
        ]
        self._trust_ratios = [
            self.add_variable(
                shape=(),
                initializer="ones",
                aggregation="only_first_replica",
                name=f"trust_ratio_{index}",
            )
            for index in range(len(variables))
        ]

    def trust_ratios(self):
        return {
            name: float(ratio.numpy())
            for name, ratio, is_exempt in zip(
                self._names, self._trust_ratios, self._is_exempt, strict=True
            )
            if not is_exempt
        }

    def _trust_ratio(self, index, variable, update):
        w = tf.norm(variable)
        u = tf.norm(update)
        ratio = tf.where((w > 0) & (u > 0), tf.math.divide_no_nan(w, u), 1.0)
        self.assign(self._trust_ratios[index], ratio)
        return ratio

"""AdamW as in BERT and ALBERT, without bias correction."""

import re

import keras
import tensorflow as tf

# Norms and biases are exempt from weight decay and, in LAMB, from the trust
# ratio. The list is the original's, applied to Keras paths.
EXEMPT = ("LayerNorm", "layer_norm", "bias")


@keras.saving.register_keras_serializable(package="albert_tf")
class AdamW(keras.optimizers.Optimizer):
    """Adam with weight decay in the update, except for norms and biases.

        m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2
        u = m / (sqrt(v) + epsilon) + weight_decay_rate w
        w = w - learning_rate u

    Without bias correction, the first u is about 3.2 sign(g). Published
    recipes rely on this, together with their warm-up.

    Args:
        learning_rate: a number or a schedule.
        weight_decay_rate: fraction of a weight that is added to its update.
        beta_1, beta_2: decay rates of the two moments.
        epsilon: added to the square root of the second moment.
        bias_correction: whether to divide the moments by 1 - beta^t, as in the
            Adam paper and unlike the original.
        exclude: regular expressions; variables whose path matches one of them
            are exempt from weight decay.
        rate_multipliers: factors of the learning rate, by a variable's path
            without the model's name; 1 for other variables.
    Attributes:
        rate_scale: float32 variable, initially 1, that multiplies the learning
            rate.
    Source: Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization";
        google-research/albert, optimization.py, AdamWeightDecayOptimizer.
    """

    # Whether to sum gradients over replicas, as Keras does for `fit`. The
    # training loop reduces and clips gradients itself and sets this to False.
    reduce_gradients = True

    def __init__(
        self,
        learning_rate=1e-3,
        weight_decay_rate=0.01,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-6,
        bias_correction=False,
        exclude=EXEMPT,
        rate_multipliers=None,
        name="adamw",
        **kwargs,
    ):
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.weight_decay_rate = weight_decay_rate
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.bias_correction = bias_correction
        self.exclude = tuple(exclude)
        self.rate_multipliers = dict(rate_multipliers or {})

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.rate_scale = self.add_variable(
            shape=(),
            initializer="ones",
            aggregation="only_first_replica",
            name="rate_scale",
        )
        self._m = self._slots(variables, "m")
        self._v = self._slots(variables, "v")
        self._rate_multipliers = [
            self.rate_multipliers.get(variable.path.split("/", 1)[-1], 1.0)
            for variable in variables
        ]
        self._is_exempt = [
            any(re.search(pattern, variable.path) for pattern in self.exclude)
            for variable in variables
        ]

    def update_step(self, gradient, variable, learning_rate):
        index = self._get_variable_index(variable)
        m, v = self._m[index], self._v[index]
        # The gradient of a gather is a list of rows, some repeated.
        gradient = tf.convert_to_tensor(gradient)
        self.assign(m, self.beta_1 * m + (1 - self.beta_1) * gradient)
        self.assign(v, self.beta_2 * v + (1 - self.beta_2) * gradient**2)
        m, v = tf.convert_to_tensor(m), tf.convert_to_tensor(v)
        if self.bias_correction:
            step = tf.cast(self.iterations + 1, m.dtype)
            m /= 1 - self.beta_1**step
            v /= 1 - self.beta_2**step
        update = m / (tf.sqrt(v) + self.epsilon)
        if not self._is_exempt[index]:
            update += self.weight_decay_rate * variable
            update *= self._trust_ratio(index, variable, update)
        rate = tf.cast(learning_rate, update.dtype)
        rate *= self._rate_multipliers[index]
        self.assign_sub(variable, rate * update)

    @property
    def slots(self):
        """The moments, {"m": [...], "v": [...]}, in the order of variables."""
        return {"m": self._m, "v": self._v}

    def _get_current_learning_rate(self):
        rate = super()._get_current_learning_rate()
        return rate * self.rate_scale.value if self.built else rate

    def trust_ratios(self) -> dict[str, float]:
        """LAMB's trust ratios of the last update, by variable; {} for AdamW."""
        return {}

    def _trust_ratio(self, index, variable, update):
        return 1.0

    def _slots(self, variables, name):
        return [
            self.add_variable_from_reference(variable, name=name)
            for variable in variables
        ]

    def _all_reduce_sum_gradients(self, grads_and_vars):
        if not self.reduce_gradients:
            return grads_and_vars
        return super()._all_reduce_sum_gradients(grads_and_vars)

    def get_config(self):
        return {
            **super().get_config(),
            "weight_decay_rate": self.weight_decay_rate,
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            "bias_correction": self.bias_correction,
            "exclude": self.exclude,
            "rate_multipliers": self.rate_multipliers,
        }

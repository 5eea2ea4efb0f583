"""LoRA: trains low-rank products that are added to frozen kernels.

A kernel W [in, out] of the shared block becomes W + (alpha / rank) A B, where A
[in, rank] and B [rank, out] are trained and W is frozen. Since all layers share
W, one pair of small matrices adapts all of them.

Source: Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models".
"""

import keras
import numpy as np
import tensorflow as tf

from albert_tf import objectives


class Lora:
    """The low-rank matrices for the kernels of a model's block.

    After `merge`, the kernels hold the sums, so that evaluation, checkpoints
    and exports work as without LoRA.

    Args:
        weights: the model's weights by name.
        rank: rank of the products.
        alpha: the products are weighted by alpha / rank.
        seed: seed of A, which is normal with a standard deviation of 1 / rank.
            B starts at zero, so that training starts from the model's function.
    """

    def __init__(
        self,
        weights: dict[str, keras.Variable],
        rank: int,
        alpha: float,
        seed: int,
    ):
        self._scale = alpha / rank
        self._kernels = {
            name: weight
            for name, weight in weights.items()
            if "/transformer/" in name and name.endswith("_kernel")
        }
        self._base, self._a, self._b = {}, {}, {}
        for number, (name, kernel) in enumerate(self._kernels.items()):
            rng = np.random.default_rng([seed, number])
            inner, outer = kernel.shape
            flat = name.replace("/", "_")
            self._base[name] = keras.Variable(
                kernel.numpy(),
                trainable=False,
                dtype="float32",
                name=f"{flat}_base",
            )
            self._a[name] = keras.Variable(
                rng.normal(0, 1 / rank, (inner, rank)),
                dtype="float32",
                name=f"{flat}_a",
            )
            self._b[name] = keras.Variable(
                np.zeros((rank, outer)), dtype="float32", name=f"{flat}_b"
            )

    @property
    def trained(self) -> dict[str, keras.Variable]:
        """The matrices A and B by name."""
        return {
            **{f"{name}/lora_a": a for name, a in self._a.items()},
            **{f"{name}/lora_b": b for name, b in self._b.items()},
        }

    @property
    def state(self) -> dict[str, keras.Variable]:
        """The variables to save in addition to the model: A, B and W."""
        base = {f"{name}/lora_base": w for name, w in self._base.items()}
        return {**self.trained, **base}

    def adapted(self, objective: objectives.Objective) -> objectives.Objective:
        """The same objective, as a function of A and B."""

        def sums() -> keras.StatelessScope:
            mapping = [
                (kernel, self._sum(name))
                for name, kernel in self._kernels.items()
            ]
            return keras.StatelessScope(state_mapping=mapping)

        return objectives.within(objective, sums)

    def merge(self) -> None:
        """Assigns the sums to the model's kernels."""
        for name, kernel in self._kernels.items():
            kernel.assign(self._sum(name))

    def _sum(self, name):
        product = tf.matmul(self._a[name].value, self._b[name].value)
        return self._base[name].value + self._scale * product

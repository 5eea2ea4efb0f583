"""Temperature scaling: one number by which all logits are divided.

Chuan Guo et al., "On Calibration of Modern Neural Networks", ICML 2017. The
likeliest class stays the same.
"""

import numpy as np

from data_pipeline.tasks.scoring import item_losses

# A model that is right about all rows would have the temperature 0.
_LOWEST, _HIGHEST = 0.05, 20.0


def fit(logits: np.ndarray, gold: np.ndarray) -> float:
    """The temperature with the smallest mean cross-entropy.

    Args:
        logits: [N, C].
        gold: int [N], the number of each row's class.
    """
    import scipy.optimize

    exact = logits.astype(np.float64)
    found = scipy.optimize.minimize_scalar(
        lambda size: loss(exact, gold, np.exp(size)),
        bounds=np.log([_LOWEST, _HIGHEST]),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return float(np.exp(found.x))


def loss(logits: np.ndarray, gold: np.ndarray, temperature: float) -> float:
    """The mean cross-entropy, in nats, with a temperature."""
    return float(item_losses.cross_entropy(logits / temperature, gold).mean())

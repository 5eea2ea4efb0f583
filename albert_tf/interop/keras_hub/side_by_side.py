"""keras-hub's model and ours on one batch."""

from collections.abc import Mapping

import keras
import numpy as np

from albert_tf import models
from albert_tf import task_models

# What the norm of their masked-LM head adds to the variance, where ALBERT adds
# 1e-12: the default of MaskedLMHead, which AlbertMaskedLM leaves as it is.
MASKED_LM_EPSILON = 1e-5


def differences(
    model: keras.Model, folder: str, inputs: Mapping[str, np.ndarray]
) -> dict[str, float]:
    """The largest difference of each output that both have, by its name.

    The scores of a masked LM are compared with keras-hub's epsilon.

    Args:
        model: what was written.
        folder: the preset. It must be one that we wrote: keras-hub makes
            whatever objects a preset describes.
        inputs: token_ids, segment_ids, padding_mask, int32 [B, S], and
            mask_positions, int32 [B, M].
    """
    import keras_hub

    # Keras takes the inputs of a functional model by their order.
    texts = {k: v for k, v in inputs.items() if k != "mask_positions"}
    got = dict(model.encoder(texts))
    expected = dict(keras_hub.models.Backbone.from_preset(folder)(texts))
    if isinstance(model, task_models.AlbertClassifier):
        theirs = keras_hub.models.TextClassifier.from_preset(folder)
        got["logits"] = model(texts)["logits"]
        expected["logits"] = theirs(texts)
    if has_masked_lm(model):
        theirs = keras_hub.models.MaskedLM.from_preset(folder)
        got["mlm_logits"] = _masked_lm_logits(model, inputs, MASKED_LM_EPSILON)
        expected["mlm_logits"] = theirs(inputs)
    return {
        name: float(np.abs(got[name] - value).max())
        for name, value in expected.items()
    }


def has_masked_lm(model: keras.Model) -> bool:
    """Whether the model has a masked-LM head that is trained."""
    return (
        isinstance(model, models.AlbertPretrainer)
        and "masked_lm" not in model.untrained_heads
    )


def effect_of_epsilon(
    model: models.AlbertPretrainer, inputs: Mapping[str, np.ndarray]
) -> float:
    """The largest difference of scores by keras-hub's epsilon and ours."""
    ours = model.masked_lm.norm.epsilon
    one, two = (
        _masked_lm_logits(model, inputs, epsilon)
        for epsilon in (ours, MASKED_LM_EPSILON)
    )
    return float(np.abs(one - two).max())


def _masked_lm_logits(
    model: models.AlbertPretrainer,
    inputs: Mapping[str, np.ndarray],
    epsilon: float,
) -> np.ndarray:
    """float [B, M, V], by a norm with that epsilon."""
    norm = model.masked_lm.norm
    before, norm.epsilon = norm.epsilon, epsilon
    try:
        return model(inputs)["mlm_logits"].numpy()
    finally:
        norm.epsilon = before

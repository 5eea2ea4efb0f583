"""How an embedding model turns a text's tokens into one vector."""

import dataclasses
from collections.abc import Mapping
from typing import Any

LOSSES = ("contrastive", "cosent", "cosine")
POOLINGS = ("mean", "cls", "max", "weighted_mean")
ACTIVATIONS = ("identity", "tanh")
# The entry of a task in task.json that holds these settings.
KEY = "embedding"


@dataclasses.dataclass(frozen=True, kw_only=True)
class EmbeddingSettings:
    """What an embedding model does after its encoder.

    Attributes:
        pooling: how the vectors of a text's tokens, [CLS] and [SEP] among
            them, become one: their mean; that of [CLS]; their maximum in each
            dimension; or their mean weighted by position, from 1.
        dense_size: D, the size of a dense layer after pooling; None for no
            dense layer, so that D = H.
        dense_activation: the dense layer's activation function.
        normalize: whether embeddings have length 1.
        prompts: texts by name, such as "query", to be put before a text.
    Raises:
        ValueError: a setting has another value than those above.

    Example:
        >>> albert_tf.EmbeddingSettings(pooling="max").normalize
        True
    """

    pooling: str = "mean"
    dense_size: int | None = None
    dense_activation: str = "tanh"
    normalize: bool = True
    prompts: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, known in (
            ("pooling", POOLINGS),
            ("dense_activation", ACTIVATIONS),
        ):
            value = getattr(self, name)
            if value not in known:
                raise ValueError(
                    f"The {name} of an embedding model must be one of "
                    f"{', '.join(known)}. Received: {value!r}."
                )
        size = self.dense_size
        if size is not None and (not isinstance(size, int) or size < 1):
            raise ValueError(
                "The dense_size of an embedding model must be an integer from "
                f"1 on, or None. Received: {size!r}."
            )
        if not isinstance(self.normalize, bool):
            raise ValueError(
                "The normalize of an embedding model must be true or false. "
                f"Received: {self.normalize!r}."
            )
        if not isinstance(self.prompts, Mapping) or not all(
            isinstance(text, str)
            for pair in self.prompts.items()
            for text in pair
        ):
            raise ValueError(
                "The prompts of an embedding model must be texts by name. "
                f"Received: {self.prompts!r:.80}."
            )

    def as_json(self) -> dict[str, Any]:
        """The settings as JSON values, from which `of_json` makes them."""
        return {**dataclasses.asdict(self), "prompts": dict(self.prompts)}


def of_json(values: Any) -> EmbeddingSettings:
    """Settings from JSON values; those that are left out have defaults.

    Raises:
        ValueError: they are not settings of an embedding model.
    """
    known = {field.name for field in dataclasses.fields(EmbeddingSettings)}
    if not isinstance(values, Mapping) or not set(values) <= known:
        raise ValueError(
            "The settings of an embedding model must be an object with keys "
            f"among {', '.join(sorted(known))}. Received: {values!r:.80}."
        )
    return EmbeddingSettings(**values)

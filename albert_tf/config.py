"""AlbertConfig: the hyperparameters that define an ALBERT, and its sizes."""

import dataclasses
import functools
import json
import math
import os
from typing import Any

from albert_tf import config_keys
from albert_tf.io import json_file

HIDDEN_ACTS = ("gelu", "gelu_erf", "relu", "tanh", "linear")
SHARE_PARAMETERS = ("all", "attention", "ffn", "none")

# Blocks of a model, layers times inner groups, at most. No shape of shared
# weights shows the depth, so a damaged or hostile config could ask for any; the
# deepest published model has 24 layers.
MOST_BLOCKS = 1000
# Of any other size, at most: ten times the largest vocabulary that is used.
MOST_ROWS = 10_000_000


@dataclasses.dataclass(frozen=True, kw_only=True)
class AlbertConfig:
    """Hyperparameters under the names of Google's `albert_config.json`.

    The defaults are ALBERT base, version 2 (no dropout). Letters as used in
    shape comments: V vocab_size, E embedding_size, H hidden_size, L
    num_hidden_layers, N num_attention_heads, D head_size, I intermediate_size.

    Raises:
        ValueError: a value out of its range, or two that do not fit together.
    """

    vocab_size: int = 30000
    embedding_size: int = 128
    hidden_size: int = 768
    num_hidden_layers: int = 12
    # Weight sets over depth. 1: every layer runs the same block.
    num_hidden_groups: int = 1
    # Blocks with weights of their own inside one layer, run in sequence.
    inner_group_num: int = 1
    num_attention_heads: int = 12
    intermediate_size: int = 3072
    # "gelu" is the tanh approximation, as in Google's; "gelu_erf" is exact.
    hidden_act: str = "gelu"
    hidden_dropout_prob: float = 0.0
    attention_probs_dropout_prob: float = 0.0
    max_position_embeddings: int = 512
    type_vocab_size: int = 2
    initializer_range: float = 0.02
    # What one weight set covers over depth (paper, table 4): "all", only the
    # "attention", only the feed-forward part ("ffn"), or "none".
    share_parameters: str = "all"
    # D of each head where it is not H / N, as in models with pruned heads; no
    # key of Google's.
    attention_head_size: int | None = None

    def __post_init__(self):
        self._check_numbers()
        blocks = self.num_hidden_layers * self.inner_group_num
        if blocks > MOST_BLOCKS or self.num_hidden_groups > MOST_BLOCKS:
            raise ValueError(
                "num_hidden_layers times inner_group_num, and "
                f"num_hidden_groups, must be at most {MOST_BLOCKS}. Received: "
                f"num_hidden_layers={self.num_hidden_layers}, inner_group_num="
                f"{self.inner_group_num} and num_hidden_groups="
                f"{self.num_hidden_groups}."
            )
        if (
            self.attention_head_size is None
            and self.hidden_size % self.num_attention_heads
        ):
            raise ValueError(
                "hidden_size must divide evenly over num_attention_heads, or "
                "attention_head_size must be given. Received: "
                f"{self.hidden_size} and {self.num_attention_heads}."
            )
        _check_choice("hidden_act", self.hidden_act, HIDDEN_ACTS)
        _check_choice(
            "share_parameters", self.share_parameters, SHARE_PARAMETERS
        )

    def _check_numbers(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            may_lack = field.name == "attention_head_size" and value is None
            is_whole = field.type in (int, int | None) and not may_lack
            if is_whole and not (
                type(value) is int and 1 <= value <= MOST_ROWS
            ):
                raise ValueError(
                    f"{field.name} must be a whole number from 1 to "
                    f"{MOST_ROWS:,}. Received: {value!r}."
                )
            if field.type is float and type(value) not in (int, float):
                raise ValueError(
                    f"{field.name} must be a number. Received: {value!r}."
                )
        for name in ("hidden_dropout_prob", "attention_probs_dropout_prob"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(
                    f"{name} must lie in [0, 1). "
                    f"Received: {getattr(self, name)!r}."
                )
        if not 0 < self.initializer_range < math.inf:
            raise ValueError(
                "initializer_range must be above 0, and finite. "
                f"Received: {self.initializer_range!r}."
            )

    @property
    def head_size(self) -> int:
        """D, of one attention head."""
        return (
            self.attention_head_size
            or self.hidden_size // self.num_attention_heads
        )

    @property
    def attention_width(self) -> int:
        """N D, of all heads: H, unless heads were pruned."""
        return self.num_attention_heads * self.head_size

    def set_of(self, half: str, layer: int) -> int:
        """The number of the weight set that a layer uses.

        Args:
            half: "attention" or "ffn".
            layer: from 0.
        Source: google-research/albert, modeling.py, transformer_model: its
            float arithmetic, which skips groups where there are more of them
            than layers, and in a few cases where there are not, such as 22
            layers in 22 groups.
        """
        if self.share_parameters in ("all", half):
            depth = self.num_hidden_layers
            return int(layer / depth * self.num_hidden_groups)
        return layer

    def sets(self, half: str) -> tuple[int, ...]:
        """The weight sets that layers use, in order; there are no others."""
        return _sets(self, half)

    @classmethod
    def named(cls, name: str, **overrides) -> "AlbertConfig":
        """A published size, with any field replaced by `overrides`.

        Args:
            name: one of `SIZES`, for example "base" (version 2), "base_v1"
                or "base_zh".
        """
        _check_choice("The size", name, tuple(SIZES))
        return cls(**{**SIZES[name], **overrides})

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "AlbertConfig":
        """Reads Google's keys strictly: an unknown key is an error.

        Keys that are known to decide nothing are left out, with a line in the
        log (config_keys.py).
        """
        return cls._from_dict(values, "The config")

    @classmethod
    def from_json(cls, path: str | os.PathLike) -> "AlbertConfig":
        """Reads an `albert_config.json`; the path may be a cloud one.

        Raises:
            FileNotFoundError: nothing lies at `path`.
            ValueError: not JSON, an unknown key or a value out of range.
        """
        import tensorflow as tf  # late, since --help needs the sizes alone

        path = os.fspath(path)
        if not tf.io.gfile.exists(path) or tf.io.gfile.isdir(path):
            raise FileNotFoundError(
                f"The config must be a JSON file. Received: {path!r}, which "
                "is no file. Examples lie in examples/."
            )
        values = json_file.read_object(path)
        try:
            return cls._from_dict(values, path)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None

    @classmethod
    def _from_dict(cls, values: dict[str, Any], where: str) -> "AlbertConfig":
        names = [field.name for field in dataclasses.fields(cls)]
        return cls(**config_keys.fields(values, names, where))

    def to_dict(self) -> dict[str, Any]:
        """All fields; attention_head_size only where it is given."""
        values = dataclasses.asdict(self)
        if self.attention_head_size is None:
            del values["attention_head_size"]
        return values

    def to_json(self, path: str | os.PathLike) -> None:
        """Writes the config; `from_json` reads it back equal."""
        import tensorflow as tf

        with tf.io.gfile.GFile(os.fspath(path), "w") as file:
            file.write(json.dumps(self.to_dict(), indent=2) + "\n")


@functools.cache  # asked for each layer of each call
def _sets(config: AlbertConfig, half: str) -> tuple[int, ...]:
    layers = range(config.num_hidden_layers)
    return tuple(sorted({config.set_of(half, layer) for layer in layers}))


def _check_choice(what: str, value, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(
            f"{what} must be one of {', '.join(choices)}. Received: {value!r}."
        )


def _size(hidden, layers, heads, dropout=0.0, **others) -> dict[str, Any]:
    """One row of `SIZES`; the feed-forward part is 4 H wide in all of them."""
    return {
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": 4 * hidden,
        "hidden_dropout_prob": dropout,
        "attention_probs_dropout_prob": dropout,
        **others,
    }


def _chinese(hidden, layers, heads, act="relu", initializer_range=0.02):
    return _size(
        hidden,
        layers,
        heads,
        vocab_size=21128,
        hidden_act=act,
        initializer_range=initializer_range,
    )


_V2 = {
    "base": _size(768, 12, 12),
    "large": _size(1024, 24, 16),
    # 16 heads of 128: the released xlarge, not head size 64.
    "xlarge": _size(2048, 24, 16),
    "xxlarge": _size(4096, 12, 64),
}

# The released models, plus two small English ones in the shape of the Chinese
# tiny and small. Version 2 was trained without dropout and for longer; the bare
# name means version 2.
SIZES: dict[str, dict[str, Any]] = {
    **_V2,
    **{f"{name}_v2": size for name, size in _V2.items()},
    "base_v1": _size(768, 12, 12, dropout=0.1),
    "large_v1": _size(1024, 24, 16, dropout=0.1),
    "xlarge_v1": _size(2048, 24, 16, dropout=0.1),
    "xxlarge_v1": _size(4096, 12, 64),
    "tiny": _size(312, 4, 12),
    "small": _size(384, 6, 12),
    "tiny_zh": _chinese(312, 4, 12, act="gelu"),
    "small_zh": _chinese(384, 6, 12, act="gelu"),
    "base_zh": _chinese(768, 12, 12),
    "large_zh": _chinese(1024, 24, 16),
    "xlarge_zh": _chinese(2048, 24, 16, initializer_range=0.014),
    "xxlarge_zh": _chinese(4096, 12, 16, initializer_range=0.01),
}

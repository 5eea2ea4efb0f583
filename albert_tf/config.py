"""AlbertConfig: the hyperparameters of an ALBERT, and how it shares weights."""

import dataclasses
import functools
import itertools
import json
import math
import os
from typing import Any

from albert_tf import config_keys
from albert_tf import published_sizes
from albert_tf.io import json_file

HIDDEN_ACTS = ("gelu", "gelu_erf", "relu", "tanh", "linear")
HALVES = ("attention", "ffn")  # of a block
SHARE_PARAMETERS = ("all", "attention", "ffn", "none")

# The largest number of blocks, layers times inner groups. Shapes of shared
# weights do not show the depth, so a damaged or hostile config could ask for
# any. The deepest published model has 24 layers.
MOST_BLOCKS = 1000
# Upper bound of all sizes: ten times the largest vocabulary in use.
MOST_ROWS = 10_000_000


@dataclasses.dataclass(frozen=True, kw_only=True)
class AlbertConfig:
    """Hyperparameters under the names of Google's `albert_config.json`.

    The defaults are those of ALBERT base, version 2 (without dropout). Letters
    in shapes: V vocab_size, E embedding_size, H hidden_size, L
    num_hidden_layers, N num_attention_heads, D head_size, I intermediate_size.

    Raises:
        ValueError: a value is out of range, or values do not fit together.
    Source: paper, table 1; google-research/albert, modeling.py, AlbertConfig.

    >>> config = AlbertConfig(hidden_size=64, num_attention_heads=4)
    >>> config.head_size
    16
    """

    vocab_size: int = 30000
    embedding_size: int = 128
    hidden_size: int = 768
    num_hidden_layers: int = 12
    # Number of weight sets over depth; with 1, all layers share one.
    num_hidden_groups: int = 1
    # Number of blocks in a layer, each with its own weights.
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
    # The part of a block that layers share (paper, table 4): "all", only
    # "attention", only the feed-forward network ("ffn"), or "none".
    share_parameters: str = "all"
    # D, if it is not H / N, as in models with pruned heads. Google's configs
    # lack this field.
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
                    f"{name} must be at least 0 and below 1. "
                    f"Received: {getattr(self, name)!r}."
                )
        if not 0 < self.initializer_range < math.inf:
            raise ValueError(
                "initializer_range must be finite and above 0. "
                f"Received: {self.initializer_range!r}."
            )

    @property
    def head_size(self) -> int:
        """D, the size of an attention head."""
        return (
            self.attention_head_size
            or self.hidden_size // self.num_attention_heads
        )

    @property
    def attention_width(self) -> int:
        """N D, the size of all heads together: H, unless heads were pruned."""
        return self.num_attention_heads * self.head_size

    def set_of(self, half: str, layer: int) -> int:
        """The number of the weight set that a layer uses, from 0.

        Args:
            half: "attention" or "ffn", the halves of a block.
            layer: number of the layer, from 0.
        Source: google-research/albert, modeling.py, transformer_model. Its
            floating-point arithmetic skips groups if there are more groups than
            layers, and in a few other cases, such as 22 layers in 22 groups.

        >>> config = AlbertConfig(num_hidden_layers=4, num_hidden_groups=2)
        >>> [config.set_of("ffn", layer) for layer in range(4)]
        [0, 0, 1, 1]
        """
        if self.share_parameters in ("all", half):
            depth = self.num_hidden_layers
            return int(layer / depth * self.num_hidden_groups)
        return layer

    def sets(self, half: str) -> tuple[int, ...]:
        """The numbers of all weight sets that layers use, in order."""
        return _sets(self, half)

    def layers_of(self, half: str, number: int) -> tuple[int, ...]:
        """The numbers of the layers that use a weight set, from 0."""
        layers = range(self.num_hidden_layers)
        return tuple(n for n in layers if self.set_of(half, n) == number)

    def set_names(self, half: str) -> list[str]:
        """The names of all weight sets in the model, for all inner blocks.

        >>> AlbertConfig(inner_group_num=2).set_names("ffn")
        ['group_0_inner_0_ffn', 'group_0_inner_1_ffn']
        """
        return [
            _set_name(number, inner, half)
            for number in self.sets(half)
            for inner in range(self.inner_group_num)
        ]

    def block_names(self, layer: int) -> list[dict[str, str]]:
        """The names of the weight sets of a layer's blocks, by half of a block.

        >>> AlbertConfig().block_names(11)[0]["attention"]
        'group_0_inner_0_attention'
        """
        return [
            {
                half: _set_name(self.set_of(half, layer), inner, half)
                for half in HALVES
            }
            for inner in range(self.inner_group_num)
        ]

    def shared_runs(self) -> tuple[range, ...]:
        """The layers, split into runs of layers that share all weights.

        >>> AlbertConfig(num_hidden_layers=4, num_hidden_groups=2).shared_runs()
        (range(0, 2), range(2, 4))
        """
        return _shared_runs(self)

    @classmethod
    def named(cls, name: str, **overrides: Any) -> "AlbertConfig":
        """The config of a published size, with some fields replaced.

        Args:
            name: one of `published_sizes.SIZES`, for example "base" (version
                2), "base_v1" or "base_zh"; or the name of a released model,
                for example "albert-base-v2".
            **overrides: fields of AlbertConfig.
        Raises:
            ValueError: the size is unknown, or a value is out of range.

        >>> AlbertConfig.named("large", num_hidden_layers=6).hidden_size
        1024
        """
        sizes = published_sizes.SIZES
        if name.startswith("albert-"):
            name = name.removeprefix("albert-").replace("-", "_")
        _check_choice("The size", name, tuple(sizes))
        return cls(**{**sizes[name], **overrides})

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "AlbertConfig":
        """Reads Google's keys; unknown keys are an error.

        Keys that are known to have no effect are ignored, with a line in the
        log (see config_keys.py).

        Raises:
            ValueError: a key is unknown, or a value is out of range.
        """
        return cls._from_dict(values, "The config")

    @classmethod
    def from_json(cls, path: str | os.PathLike) -> "AlbertConfig":
        """Reads an `albert_config.json`; the path may be a cloud path.

        Raises:
            FileNotFoundError: `path` is not a file.
            ValueError: the file is not JSON, a key is unknown, or a value is
                out of range.
        """
        import tensorflow as tf  # late: --help needs only the published sizes

        path = os.fspath(path)
        if not tf.io.gfile.exists(path) or tf.io.gfile.isdir(path):
            raise FileNotFoundError(
                f"The config must be a JSON file. Received: {path!r}, which "
                "is not a file. See examples/ for configs."
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
        """All fields, with attention_head_size only if it is set."""
        values = dataclasses.asdict(self)
        if self.attention_head_size is None:
            del values["attention_head_size"]
        return values

    def to_json(self, path: str | os.PathLike) -> None:
        """Writes the config to a file that `from_json` reads."""
        import tensorflow as tf

        with tf.io.gfile.GFile(os.fspath(path), "w") as file:
            file.write(json.dumps(self.to_dict(), indent=2) + "\n")


@functools.cache  # called for each layer of each call
def _sets(config: AlbertConfig, half: str) -> tuple[int, ...]:
    layers = range(config.num_hidden_layers)
    return tuple(sorted({config.set_of(half, layer) for layer in layers}))


@functools.cache
def _shared_runs(config: AlbertConfig) -> tuple[range, ...]:
    layers = range(config.num_hidden_layers)
    by_sets = itertools.groupby(
        layers, lambda layer: [config.set_of(half, layer) for half in HALVES]
    )
    runs = [list(run) for _, run in by_sets]
    return tuple(range(run[0], run[-1] + 1) for run in runs)


def _set_name(number: int, inner: int, half: str) -> str:
    return f"group_{number}_inner_{inner}_{half}"


def _check_choice(what: str, value: Any, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(
            f"{what} must be one of {', '.join(choices)}. Received: {value!r}."
        )

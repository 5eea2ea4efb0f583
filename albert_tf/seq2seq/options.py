"""How a model writes: greedily, by beam search, or by sampling."""

import dataclasses
import math

_WHOLE = {
    "beam_size": 1,
    "n_best": 1,
    "no_repeat_ngram_size": 0,
    "min_length": 0,
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class DecodingOptions:
    """How a model writes.

    Attributes:
        beam_size: number of texts that are kept at each step; 1 is greedy.
        length_penalty: alpha, at least 0. Texts are compared by their
            log-probability divided by ((5 + length) / 6) ** alpha, so larger
            values favour longer texts.
        n_best: number of texts for each source: at most beam_size. In
            sampling, the number of samples.
        no_repeat_ngram_size: n-grams of this many tokens occur at most once in
            a text; 0 for no limit.
        min_length, max_length: the fewest and most tokens of a text, with its
            start and end. Default: the model's max_target_length. A text as
            long as max_length ends there.
        top_p: samples instead of searching: each token comes from the smallest
            set of the likeliest ones whose probabilities sum to at least this.
            beam_size and length_penalty then decide nothing but the score.
        temperature: logits are divided by it before sampling.
        seed: of sampling. A token depends on nothing but the probabilities,
            the seed, the row, the sample and the step.
    Raises:
        ValueError: a value is out of range, or two contradict each other.
    Source: Wu et al. 2016, "Google's Neural Machine Translation System", 7, for
        the length penalty; Holtzman et al. 2020, "The Curious Case of Neural
        Text Degeneration", for top_p.

    >>> import albert_tf
    >>> albert_tf.DecodingOptions(beam_size=1).max_length is None
    True
    """

    beam_size: int = 4
    length_penalty: float = 0.6
    n_best: int = 1
    no_repeat_ngram_size: int = 0
    min_length: int = 0
    max_length: int | None = None
    top_p: float | None = None
    temperature: float = 1.0
    seed: int = 0

    def __post_init__(self):
        for name, least in _WHOLE.items():
            value = getattr(self, name)
            if type(value) is not int or value < least:
                raise ValueError(
                    f"{name} must be a whole number of at least {least}. "
                    f"Received: {value!r}."
                )
        if not 0 <= self.length_penalty < math.inf:
            raise ValueError(
                "length_penalty must be finite and at least 0. Received: "
                f"{self.length_penalty!r}."
            )
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise ValueError(
                f"top_p must be above 0 and at most 1. Received: {self.top_p}."
            )
        if not 0 < self.temperature < math.inf:
            raise ValueError(
                "temperature must be finite and above 0. Received: "
                f"{self.temperature!r}."
            )
        if self.top_p is None and self.n_best > self.beam_size:
            raise ValueError(
                "A search can return at most as many texts as it keeps. "
                f"Received: n_best={self.n_best} and "
                f"beam_size={self.beam_size}. Raise beam_size, or set top_p to "
                "draw samples."
            )
        if self.max_length is not None and not (
            type(self.max_length) is int and self.max_length >= 2
        ):
            raise ValueError(
                "max_length must be a whole number of at least 2, for a start "
                f"and an end token. Received: {self.max_length!r}."
            )

    def fitted(self, max_target_length: int, vocab_size: int):
        """The same with max_length, checked against a model.

        Args:
            max_target_length: the most tokens that the model can write.
            vocab_size: V of what it writes.
        Raises:
            ValueError: the options do not fit the model.
        """
        longest = self.max_length or max_target_length
        if longest > max_target_length:
            raise ValueError(
                "max_length must be at most the model's max_target_length. "
                f"Received: {longest} and {max_target_length}."
            )
        if self.min_length > longest:
            raise ValueError(
                "min_length must be at most max_length. Received: "
                f"{self.min_length} and {longest}."
            )
        if self.beam_size > vocab_size:
            raise ValueError(
                "beam_size must be at most the size of the vocabulary. "
                f"Received: {self.beam_size} and {vocab_size} tokens."
            )
        return dataclasses.replace(self, max_length=longest)

    def penalty(self, length):
        """What the log-probability of a text of so many tokens is divided by.

        Args:
            length: tokens with start and end, an integer or a float tensor.
        """
        return ((5.0 + length) / 6.0) ** self.length_penalty

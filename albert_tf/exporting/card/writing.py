"""What the card of a model that writes says of its texts."""

from albert_tf.seq2seq import options as options_lib

_USE = """\
**albert_tf**:

```python
import albert_tf

predictor = albert_tf.predictor("{folder}")
predictor("A text.")["text"]  # the best; "texts" has all, with "scores"
```
"""


def summary(decoding: options_lib.DecodingOptions) -> list[str]:
    """Lines on how a text is written."""
    how = f"a search that keeps {decoding.beam_size} texts"
    if decoding.beam_size == 1:
        how = "the likeliest token at each step"
    how += f", length penalty {decoding.length_penalty:g}"
    if decoding.no_repeat_ngram_size:
        size = decoding.no_repeat_ngram_size
        how += f", no {size} tokens in a row twice"
    return [
        f"- writes texts of at most {decoding.max_length} tokens, by {how}",
        "- the operations above are those of the encoder; the decoder's depend "
        "on what it writes",
    ]


def use(folder: str) -> str:
    """How to call an export with albert_tf."""
    return _USE.format(folder=folder)


LIMITS = (
    "- It may write what its text does not say, or leave out what it says. "
    "Scores order the texts of one source; they are no probabilities that a "
    "text is right.\n"
    "- Attention shows where the decoder looked. It is no proof of which words "
    "belong together."
)

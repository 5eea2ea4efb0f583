"""What the card of an embedding model says of its embeddings."""

from albert_tf.embedding import settings as settings_lib

_POOLED = {
    "mean": "the mean of the tokens' vectors",
    "cls": "the vector of [CLS]",
    "max": "the maximum of the tokens' vectors in each dimension",
    "weighted_mean": "the mean of the tokens' vectors weighted by position",
}

_USE = """\
**albert_tf**:

```python
import albert_tf

embedder = albert_tf.embedder("{folder}")
vectors = embedder.encode(["A text.", "Another one."])  # float32 [2, {size}]
cosines = embedder.similarity("A text.", ["Another one.", "A third one."])
```
"""

_SENTENCE_TRANSFORMERS = """\
**sentence-transformers**:

```python
import sentence_transformers

model = sentence_transformers.SentenceTransformer(
    {arguments}
)
vectors = model.encode(["A text.", "Another one."])
```
"""


def summary(settings: settings_lib.EmbeddingSettings, size: int) -> list[str]:
    """Lines on how a text becomes an embedding of `size` numbers."""
    steps = [_POOLED[settings.pooling]]
    if settings.dense_size is not None:
        activation = settings.dense_activation
        after = "" if activation == "identity" else f" with {activation}"
        steps.append(f"a dense layer{after}")
    if settings.normalize:
        steps.append("scaled to length 1")
    lines = [f"- embeddings of {size} numbers: {', '.join(steps)}"]
    lines += [
        f"- prompt before each {name}: `{text!r}`"
        for name, text in settings.prompts.items()
        if text
    ]
    return lines


def use(folder: str, size: int) -> str:
    """How to call an export with albert_tf."""
    return _USE.format(folder=folder, size=size)


def sentence_transformers(arguments: str) -> str:
    """How to call the form for sentence-transformers.

    Args:
        arguments: Python, the name of its folder or repository.
    """
    return _SENTENCE_TRANSFORMERS.format(arguments=arguments)


LIMITS = (
    "- A cosine orders texts by how alike they are; it is no probability, and "
    "its scale differs from model to model. Compare only embeddings of this "
    "model."
)

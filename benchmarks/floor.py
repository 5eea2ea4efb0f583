"""Worker: a step's matrix products alone, in the model's shapes.

What a step cannot be faster than as long as its products are these: each one
of a forward pass, and with `training` the two of the backward pass that belong
to it, with the transposes that they have there, by tf.linalg.matmul (oneDNN on
x86). Reading and writing of everything else, norms, GELU, softmax, the
optimizer, counts as nothing.
"""

import dataclasses
import statistics

from albert_tf import config as config_lib  # before tensorflow

# isort: split
import tensorflow as tf

from benchmarks import measure


@dataclasses.dataclass(frozen=True)
class Product:
    """`left` [batch, m, k] times `right` [batch, k, n], `count` times a step.

    batch 1 means matrices. A transposed operand lies in memory as the other
    way round: left_transposed as [k, m], right_transposed as [n, k].
    """

    m: int
    k: int
    n: int
    batch: int = 1
    left_transposed: bool = False
    right_transposed: bool = False
    count: int = 1

    @property
    def flops(self) -> int:
        return 2 * self.count * self.batch * self.m * self.k * self.n

    def gradients(self) -> tuple["Product", "Product"]:
        """Those for its left and its right operand.

        Of Y = A B they are dA = dY B' and dB = A' dY; of Y = A B' they are
        dA = dY B and dB = dY' A.
        """
        assert not self.left_transposed
        m, k, n = self.m, self.k, self.n
        left = dataclasses.replace(
            self, k=n, n=k, right_transposed=not self.right_transposed
        )
        change = {"left_transposed": True, "right_transposed": False}
        right = dataclasses.replace(self, m=k, k=m, n=n, **change)
        if self.right_transposed:
            right = dataclasses.replace(self, m=n, k=m, n=k, **change)
        return left, right


def products(
    config: config_lib.AlbertConfig,
    *,
    rows: int,
    length: int,
    masks: int = 0,
    classes: int = 2,
    training: bool = True,
) -> list[Product]:
    """Of a step with B rows of S tokens.

    Args:
        config: of the model, without pruned heads or inner groups.
        rows, length: B and S.
        masks: M that the masked-LM head scores in a row; 0: there is none.
        classes: of the head on the pooled vector.
        training: whether to count the backward pass.
    """
    tokens, hidden = rows * length, config.hidden_size
    width, inner = config.embedding_size, config.intermediate_size
    heads = rows * config.num_attention_heads
    size, depth = config.head_size, config.num_hidden_layers
    found = [
        Product(tokens, hidden, 3 * hidden, count=depth),
        Product(length, size, length, heads, False, True, depth),
        Product(length, length, size, heads, count=depth),
        Product(tokens, hidden, hidden, count=depth),
        Product(tokens, hidden, inner, count=depth),
        Product(tokens, inner, hidden, count=depth),
        Product(rows, hidden, hidden),
        Product(rows, hidden, classes),
    ]
    if width != hidden:
        found.append(Product(tokens, width, hidden))
    if masks:
        found += [
            Product(rows * masks, hidden, width),
            Product(rows * masks, width, config.vocab_size, 1, False, True),
        ]
    if training:
        found += [part for one in found for part in one.gradients()]
    return found


def seconds(
    found: list[Product], dtype: tf.DType, rounds: int
) -> list[tuple[Product, float]]:
    """Of one execution of each, the median of `rounds`.

    All are run before one is run again, as in a step: what the caches hold is
    then not left from the same product.
    """
    operands = [_operands(product, dtype) for product in found]
    taken = [[] for _ in found]
    for _ in range(rounds + 1):
        for product, pair, times in zip(found, operands, taken, strict=True):
            times.append(measure.seconds(lambda p=product, o=pair: _run(p, o)))
    # The first time memory is taken and oneDNN prepares.
    return [
        (product, statistics.median(times[1:]))
        for product, times in zip(found, taken, strict=True)
    ]


def _operands(product, dtype):
    def matrix(rows, columns, transposed):
        shape = (columns, rows) if transposed else (rows, columns)
        if product.batch > 1:
            shape = (product.batch, *shape)
        return tf.cast(tf.random.normal(shape), dtype)

    return (
        matrix(product.m, product.k, product.left_transposed),
        matrix(product.k, product.n, product.right_transposed),
    )


def _run(product, operands):
    return tf.linalg.matmul(
        *operands,
        transpose_a=product.left_transposed,
        transpose_b=product.right_transposed,
    )


def _mean_length(settings) -> int:
    """Tokens of the texts, special ones included, on average."""
    from data_pipeline.text import tokenizers

    texts = measure.read_lines(settings["texts_file"], 0)
    ids = tokenizers.load(settings["vocabulary"]).encode_batch(texts)
    return round(sum(map(len, ids)) / len(ids)) + 2


def main() -> None:
    settings = measure.settings()
    length = settings["length"]
    if "texts_file" in settings:  # of real lengths
        length = _mean_length(settings)
    found = products(
        config_lib.AlbertConfig(**settings["config"]),
        rows=settings["rows"],
        length=length,
        masks=settings.get("masks", 0),
        training=settings["training"],
    )
    timed = seconds(
        found, tf.dtypes.as_dtype(settings["precision"]), settings["steps"]
    )
    total = sum(product.count * taken for product, taken in timed)
    flops = sum(product.flops for product in found)
    measure.report(
        {
            "step_seconds": total,
            # Of a batch as long as its texts are on average.
            "seconds_per_example": total / settings["rows"],
            "seconds_per_text": total / settings["rows"],
            "tflop": flops / 1e12,
            "gflop_per_second": flops / total / 1e9,
            "length": length,
        }
    )


if __name__ == "__main__":
    main()

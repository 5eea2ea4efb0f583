"""Worker: a beam search, ours, in the graph.

All texts have the same number of tokens: none may end before.
"""

from albert_tf.seq2seq import decoding  # before tensorflow

# isort: split
import tensorflow as tf

from benchmarks import measure
from benchmarks.ours import translation_models
from benchmarks.peers import random_pairs


def main() -> None:
    settings = measure.settings()
    model = translation_models.made(settings)
    batch = translation_models.batch(settings)
    sources = {k: v for k, v in batch.items() if not k.startswith("target")}
    # With the start; the peer's end is one of its tokens, so ours is too.
    length = settings["target_length"] + 1
    options = decoding.DecodingOptions(
        beam_size=settings["beam_size"], min_length=length, max_length=length
    )
    write = tf.function(lambda rows: model.generate(rows, options))

    def run():
        lengths = write(sources)["lengths"].numpy()
        assert (lengths == length).all(), lengths

    measure.report(
        {
            **random_pairs.decoding(run, settings),
            "parameters": model.count_params(),
            "versions": translation_models.versions(),
        }
    )


if __name__ == "__main__":
    main()

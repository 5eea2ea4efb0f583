"""Worker: lines of text to ids, keras-hub's tokenizer in TensorFlow.

It does not normalize as ALBERT does: no lower case, accents stay.
"""

import tensorflow as tf

from benchmarks import measure
from benchmarks.peers import keras_hub_models


def main() -> None:
    settings = measure.settings()
    lines = measure.read_lines(settings["text_file"])
    tokenizer = keras_hub_models.tokenizer(settings["vocabulary"])
    texts = tf.constant(lines)
    seconds = measure.calls(
        lambda _: tokenizer(texts).flat_values.numpy(), settings
    )
    megabytes = sum(len(line.encode()) for line in lines) / 1e6
    measure.report(
        {
            "seconds_per_mb": seconds / megabytes,
            "mb": megabytes,
            "versions": keras_hub_models.versions(),
        }
    )


if __name__ == "__main__":
    main()

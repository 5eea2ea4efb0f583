"""Worker: lines of text to ids, keras-hub's tokenizer in TensorFlow.

It does not normalize as ALBERT does: no lower case, accents stay.
"""

import tensorflow as tf

from benchmarks import measure
from benchmarks.peers import keras_hub_models

_LINES = 256


def main() -> None:
    settings = measure.settings()
    lines = measure.read_lines(settings["text_file"])
    tokenizer = keras_hub_models.tokenizer(settings["vocabulary"])
    # Called outside of tf.data it makes Python lists, which takes longer.
    ids = (
        tf.data.Dataset.from_tensor_slices(lines)
        .batch(_LINES)
        .map(tokenizer, num_parallel_calls=tf.data.AUTOTUNE)
    )

    def run(_):
        for _ in ids:
            pass

    seconds = measure.calls(run, settings)
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

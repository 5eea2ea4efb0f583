"""Text to batches: tokenizers, records and input pipelines. Never Keras."""

import sys

if sys.argv[:1] == ["-m"]:  # one of its modules is about to run as a command
    from data_pipeline.io import interrupts

    interrupts.at_start()

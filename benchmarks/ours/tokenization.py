"""Worker: lines of text to ids, ours.

benchmarks/tokenization.py compares with SentencePiece alone, by threads.
"""

from benchmarks import measure
from data_pipeline.text import tokenizers


def main() -> None:
    settings = measure.settings()
    lines = measure.read_lines(settings["text_file"])
    tokenizer = tokenizers.load(settings["vocabulary"])
    seconds = measure.calls(
        lambda _: tokenizer.encode_batch(lines, num_threads=-1), settings
    )
    megabytes = sum(len(line.encode()) for line in lines) / 1e6
    measure.report({"seconds_per_mb": seconds / megabytes, "mb": megabytes})


if __name__ == "__main__":
    main()

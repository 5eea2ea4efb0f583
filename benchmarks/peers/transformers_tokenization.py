"""Worker: lines of text to ids, transformers' fast tokenizer."""

from benchmarks import measure
from benchmarks.peers import transformers_models


def main() -> None:
    settings = measure.settings()
    lines = measure.read_lines(settings["text_file"])
    tokenizer = transformers_models.tokenizer(settings["vocabulary"])
    seconds = measure.calls(
        lambda _: tokenizer(
            lines, add_special_tokens=False, return_attention_mask=False
        ),
        settings,
    )
    megabytes = sum(len(line.encode()) for line in lines) / 1e6
    measure.report(
        {
            "seconds_per_mb": seconds / megabytes,
            "mb": megabytes,
            "versions": transformers_models.versions(),
        }
    )


if __name__ == "__main__":
    main()

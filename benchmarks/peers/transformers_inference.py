"""Worker: text to label by transformers' pipeline."""

import torch
import transformers

from benchmarks import measure
from benchmarks.peers import transformers_models


def main() -> None:
    settings = measure.settings()
    torch.set_num_threads(measure.threads())
    half = settings["precision"] == "bfloat16"
    model = transformers.AlbertForSequenceClassification(
        transformers_models.config(settings["config"])
    )
    model = model.to(torch.bfloat16 if half else torch.float32).eval()
    pipeline = transformers.pipeline(
        "text-classification",
        model=model,
        tokenizer=transformers_models.tokenizer(settings["vocabulary"]),
        batch_size=min(settings["rows"], 32),
        device="cpu",
    )
    texts = measure.read_lines(settings["texts_file"], 0)
    batches = measure.batches_of(texts, settings["rows"])
    figures = measure.answers(
        lambda number: pipeline(batches[number % len(batches)]), settings
    )
    size = sum(p.numel() * p.element_size() for p in model.parameters())
    measure.report(
        {
            **figures,
            "size_mb": size / 1e6,
            "versions": transformers_models.versions(),
        }
    )


if __name__ == "__main__":
    main()

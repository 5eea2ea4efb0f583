"""Worker: a classifier of random weights in Hugging Face's files."""

import os
import shutil

import torch
import transformers

from benchmarks import measure
from benchmarks.peers import transformers_models


def main() -> None:
    settings = measure.settings()
    torch.manual_seed(0)
    model = transformers.AlbertForSequenceClassification(
        transformers_models.config(settings["config"])
    )
    # Biases that are 0 could be left out.
    for parameter in model.parameters():
        if parameter.dim() == 1:
            torch.nn.init.normal_(parameter, parameter.mean().item(), 0.02)
    folder = settings["folder"]
    model.save_pretrained(folder)
    transformers_models.tokenizer(settings["vocabulary"]).save_pretrained(
        folder
    )
    shutil.copy(settings["vocabulary"], os.path.join(folder, "spiece.model"))
    measure.report(transformers_models.versions())


if __name__ == "__main__":
    main()

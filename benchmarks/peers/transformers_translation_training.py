"""Worker: optimizer steps of MarianMT, transformers with PyTorch."""

import torch

from benchmarks import measure
from benchmarks.peers import random_pairs
from benchmarks.peers import transformers_marian
from benchmarks.peers import transformers_models


def main() -> None:
    settings = measure.settings()
    torch.set_num_threads(measure.threads())
    torch.manual_seed(0)
    model = transformers_marian.model(settings["config"], settings).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    batch = transformers_marian.batch(*random_pairs.of(settings), settings)
    half = settings["precision"] == "bfloat16"

    def run():
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            loss = transformers_marian.loss(model, batch, smoothing=0.1)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        return loss.item()

    tokens = int((batch["labels"] >= 0).sum())
    measure.report(
        {
            **random_pairs.training(run, settings, tokens),
            "parameters": transformers_marian.parameters(model),
            "versions": transformers_models.versions(),
        }
    )


if __name__ == "__main__":
    main()

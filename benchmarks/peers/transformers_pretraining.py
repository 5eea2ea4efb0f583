"""Worker: optimizer steps of pretraining, transformers with PyTorch.

AlbertForPreTraining as it is: it scores the vocabulary at every position, and
its loss ignores those that are not masked.
"""

import numpy as np
import torch
import transformers

from benchmarks import measure
from benchmarks.peers import batches
from benchmarks.peers import transformers_models


def inputs(batch: dict[str, np.ndarray]) -> dict[str, torch.Tensor]:
    """As the model names them; -100 is where its losses do not look."""
    labels = np.full(batch["token_ids"].shape, -100, np.int64)
    rows, slots = np.nonzero(batch["mask_weights"])
    labels[rows, batch["mask_positions"][rows, slots]] = batch["mask_ids"][
        rows, slots
    ]
    order = batch["sentence_order"]
    named = {
        "input_ids": batch["token_ids"],
        "token_type_ids": batch["segment_ids"],
        "attention_mask": batch["padding_mask"],
        "labels": labels,
        "sentence_order_label": np.where(order < 0, -100, order),
    }
    return {
        name: torch.from_numpy(values.astype(np.int64))
        for name, values in named.items()
    }


def main() -> None:
    settings = measure.settings()
    torch.set_num_threads(measure.threads())
    torch.manual_seed(0)
    config = transformers_models.config(settings["config"])
    model = transformers.AlbertForPreTraining(config).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    source = batches.of(settings)
    call = torch.compile(model) if settings.get("compiled") else model
    half = settings["precision"] == "bfloat16"

    def run():
        batch = inputs(next(source))
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            loss = call(**batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        return loss.item()

    measure.report(
        {
            **measure.training_steps(run, settings, settings.get("sequences")),
            "versions": transformers_models.versions(),
        }
    )


if __name__ == "__main__":
    main()

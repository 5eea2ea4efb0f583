"""Worker: optimizer steps of pretraining, transformers with PyTorch.

AlbertForPreTraining as it is: it scores the vocabulary at every position, and
its loss ignores those that are not masked.
"""

import torch
import transformers

from benchmarks import measure
from benchmarks.peers import transformers_models


def main() -> None:
    settings = measure.settings()
    torch.set_num_threads(measure.threads())
    torch.manual_seed(0)
    config = transformers_models.config(settings["config"])
    model = transformers.AlbertForPreTraining(config).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    rows, length = settings["rows"], settings["length"]
    ids = torch.randint(5, config.vocab_size, (rows, length))
    labels = torch.full_like(ids, -100)
    labels[:, : settings["masks"]] = ids[:, : settings["masks"]]
    batch = {
        "input_ids": ids,
        "token_type_ids": torch.zeros_like(ids),
        "attention_mask": torch.ones_like(ids),
        "labels": labels,
        "sentence_order_label": torch.zeros(rows, dtype=torch.long),
    }
    call = torch.compile(model) if settings.get("compiled") else model
    half = settings["precision"] == "bfloat16"

    def run():
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            loss = call(**batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        return loss.item()

    measure.report(
        {
            **measure.training_steps(run, settings),
            "versions": transformers_models.versions(),
        }
    )


if __name__ == "__main__":
    main()

"""Worker: trains an embedding model with sentence-transformers' trainer.

The same loss, optimizer and schedule as with_albert_tf: AdamW with the same
decay, linear warm-up and decay, gradients clipped to a norm of 1.
"""

import csv
import time

import datasets
import sentence_transformers
import torch
import transformers
from sentence_transformers import losses

from benchmarks import measure


class Clock(transformers.TrainerCallback):
    """When steps end."""

    def __init__(self):
        self.times: list[float] = []

    def on_step_end(self, *arguments, **others):
        self.times.append(time.perf_counter())


def main() -> None:
    settings = measure.settings()
    torch.set_num_threads(measure.threads())
    with open(settings["train_file"], encoding="utf-8", newline="") as file:
        lines = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(lines)
        pairs = [line[:2] for line in lines]
    data = datasets.Dataset.from_dict(
        {
            "anchor": [pair[0] for pair in pairs],
            "positive": [pair[1] for pair in pairs],
        }
    )
    model = sentence_transformers.SentenceTransformer(
        settings["model"],
        device="cpu",
        config_kwargs={
            "hidden_dropout_prob": 0.0,
            "attention_probs_dropout_prob": 0.0,
            "classifier_dropout_prob": 0.0,
        },
    )
    model.max_seq_length = settings["length"]
    loss = losses.MultipleNegativesRankingLoss(
        model, scale=1 / settings["temperature"]
    )
    clock = Clock()
    trainer = sentence_transformers.SentenceTransformerTrainer(
        model=model,
        args=sentence_transformers.SentenceTransformerTrainingArguments(
            output_dir=settings["output"] + "-trainer",
            per_device_train_batch_size=settings["rows"],
            max_steps=settings["steps"],
            warmup_steps=settings["warmup"],
            learning_rate=settings["learning_rate"],
            weight_decay=0.01,
            adam_epsilon=1e-6,
            max_grad_norm=1.0,
            seed=settings["seed"],
            dataloader_drop_last=True,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            logging_steps=50,
            use_cpu=True,
        ),
        train_dataset=data,
        loss=loss,
        callbacks=[clock],
    )
    trainer.train()
    model.save(settings["output"])
    whole = time.time() - settings["started"]
    first = min(10, len(clock.times) // 2)
    seconds = clock.times[-1] - clock.times[first]
    steps = len(clock.times) - 1 - first
    measure.report(
        {
            "seconds": whole,
            "pairs_per_second": steps * settings["rows"] / seconds,
        }
    )


if __name__ == "__main__":
    main()

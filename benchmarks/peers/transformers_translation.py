"""Worker: MarianMT from scratch for a time, then a beam search.

Usual practice for small data: AdamW with betas 0.9 and 0.98, a warm-up and a
linear decay, label smoothing, dropout, batches by tokens of rows of about the
same length, clipping at 1. The rate follows the clock, so that it is 0 when the
time is over. The weights with the least loss on the rows for choosing are
decoded.
"""

import copy
import os
import time

import numpy as np
import torch

from benchmarks import measure
from benchmarks.peers import id_rows
from benchmarks.peers import transformers_marian
from benchmarks.peers import transformers_models

_PROBE_STEPS = 8
# Times that the model is scored on the rows for choosing.
_POINTS = 10
_CHOOSING_TOKENS = 8192


class Clock:
    """Seconds since the process started: of the wall, or of its processors'
    cores (all their work, over their number)."""

    def __init__(self, settings: dict):
        self._by_processor = settings["clock"] == "processor"
        self._started = settings["started"]

    def seconds(self) -> float:
        if self._by_processor:
            return processor_seconds() / measure.threads()
        return time.time() - self._started


def processor_seconds() -> float:
    found = os.times()
    return found.user + found.system


def rate_share(share: float, warm_up: float) -> float:
    """The rate after a share of the time, as a share of the highest one."""
    return max(0.0, min(share / warm_up, (1 - share) / (1 - warm_up)))


class Trainer:
    """A model, its rows, and steps on them."""

    def __init__(self, settings: dict):
        self.settings = settings
        self.rows = id_rows.read(settings["train_file"])
        lengths = [
            len(source) + len(target) + 2
            for source, target in zip(
                self.rows["source"], self.rows["target"], strict=True
            )
        ]
        self._lengths = np.array(lengths)
        self._random = np.random.default_rng(settings["seed"])
        self._order: list[list[int]] = []
        self.model = transformers_marian.model(settings["sizes"], settings)
        self.model.train()
        self.optimizer = self._make_optimizer()
        self.half = settings["precision"] == "bfloat16"
        self.rows_done = 0

    def _make_optimizer(self) -> torch.optim.Optimizer:
        return torch.optim.AdamW(
            self.model.parameters(),
            lr=self.settings["learning_rate"],
            betas=(0.9, 0.98),
            weight_decay=0.01,
        )

    def next_batch(self) -> dict[str, torch.Tensor]:
        if not self._order:
            self._order = id_rows.batches_by_tokens(
                self._lengths, self.settings["batch_tokens"], self._random
            )
        numbers = self._order.pop()
        self.rows_done += len(numbers)
        return transformers_marian.batch(
            [self.rows["source"][number] for number in numbers],
            [self.rows["target"][number] for number in numbers],
            self.settings,
        )

    def step(self, rate: float, batch: dict[str, torch.Tensor]) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.half):
            loss = transformers_marian.loss(
                self.model, batch, self.settings["label_smoothing"]
            )
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()

    def choose_precision(self) -> None:
        """Takes the faster one on the same batches; weights are as before."""
        first = copy.deepcopy(self.model.state_dict())
        batches = [self.next_batch() for _ in range(_PROBE_STEPS)]
        seconds = {}
        for self.half in (False, True):
            self.step(0.0, batches[0])
            seconds[self.half] = measure.seconds(
                lambda: [self.step(0.0, batch) for batch in batches]
            )
        self.half = seconds[True] < seconds[False]
        self.model.load_state_dict(first)
        self.optimizer = self._make_optimizer()
        self.rows_done = 0


def mean_loss(trainer: Trainer, rows: dict[str, list[list[int]]]) -> float:
    """Nats for a token of the targets, their ends included, in float32."""
    lengths = [
        len(source) + len(target) + 2
        for source, target in zip(rows["source"], rows["target"], strict=True)
    ]
    batches = id_rows.batches_by_tokens(
        lengths, _CHOOSING_TOKENS, np.random.default_rng(0)
    )
    trainer.model.eval()
    total = 0.0
    with torch.no_grad():
        for numbers in batches:
            batch = transformers_marian.batch(
                [rows["source"][number] for number in numbers],
                [rows["target"][number] for number in numbers],
                trainer.settings,
            )
            total += transformers_marian.loss(
                trainer.model, batch, reduction="sum"
            ).item()
    trainer.model.train()
    return total / sum(len(target) + 1 for target in rows["target"])


def train(trainer: Trainer, clock: Clock) -> list[dict]:
    """Trains until the time is over; the model has the best weights then."""
    settings = trainer.settings
    choosing = id_rows.read(settings["choosing_file"])
    budget, found, best = settings["seconds"], [], None
    begin, steps = clock.seconds(), 0
    over = False
    while not over:
        share = (clock.seconds() - begin) / (budget - begin)
        over = share >= 1
        if not over:
            rate = settings["learning_rate"] * rate_share(
                share, settings["warm_up"]
            )
            trainer.step(rate, trainer.next_batch())
            steps += 1
        if over or share >= (len(found) + 1) / _POINTS:
            loss = mean_loss(trainer, choosing)
            found.append(
                {
                    "step": steps,
                    "seconds": clock.seconds(),
                    "epochs": trainer.rows_done / len(trainer.rows["source"]),
                    "loss": loss,
                }
            )
            if best is None or loss < best[0]:
                best = loss, copy.deepcopy(trainer.model.state_dict())
    trainer.model.load_state_dict(best[1])
    return found


def decode(trainer: Trainer) -> list[list[int]]:
    """The texts of the scored rows, in their order."""
    settings = trainer.settings
    sources = id_rows.read(settings["scored_file"])["source"]
    order = np.argsort([len(row) for row in sources], kind="stable").tolist()
    found: list[list[int]] = [[] for _ in sources]
    trainer.model.eval()
    for numbers in measure.parts(order):
        rows = transformers_marian.generate(
            trainer.model, [sources[number] for number in numbers], settings
        )
        for number, row in zip(numbers, rows, strict=True):
            found[number] = row
    return found


def main() -> None:
    settings = measure.settings()
    clock = Clock(settings)
    torch.set_num_threads(measure.threads())
    torch.manual_seed(settings["seed"])
    trainer = Trainer(settings)
    if settings["precision"] == "fastest":
        trainer.choose_precision()
    points = train(trainer, clock)
    seconds = time.time() - settings["started"]
    work = processor_seconds()
    begin = time.perf_counter()
    texts = decode(trainer)
    decoding = time.perf_counter() - begin
    id_rows.write(settings["output_file"], target=texts)
    measure.report(
        {
            "parameters": transformers_marian.parameters(trainer.model),
            "points": points,
            "steps": points[-1]["step"],
            "seconds": seconds,
            "processor_seconds": work,
            "precision": "bfloat16" if trainer.half else "float32",
            "decoding_seconds": decoding,
            "decoded_tokens": sum(len(row) + 1 for row in texts),
            "versions": transformers_models.versions(),
        }
    )


if __name__ == "__main__":
    main()

"""Worker: masked-LM training for a time, as transformers' example does it.

The recipe of examples/pytorch/language-modeling/run_mlm.py: rows of text
without padding, 15% of the tokens masked one by one, AdamW without weight decay
and a linear decay of the rate. A plain loop instead of the Trainer. The model
is AlbertForMaskedLM.
"""

import time

import numpy as np
import torch
import transformers

from benchmarks import measure
from benchmarks.peers import transformers_models

_PROBE_STEPS = 12
_IGNORED = -100


def masked(
    rows: torch.Tensor, special: list[int], mask_id: int, vocab_size: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and labels, as DataCollatorForLanguageModeling makes them."""
    chance = torch.full(rows.shape, 0.15)
    chance[torch.isin(rows, torch.tensor(special))] = 0
    chosen = torch.bernoulli(chance).bool()
    labels = torch.where(chosen, rows, _IGNORED)
    draw = torch.rand(rows.shape)
    ids = torch.where(chosen & (draw < 0.8), mask_id, rows)
    other = torch.randint(vocab_size, rows.shape)
    return torch.where(chosen & (draw >= 0.9), other, ids), labels


def held_out(path: str) -> list[dict[str, torch.Tensor]]:
    """Batches of ids, their mask and labels; all of the first segment, the only
    one that the model has seen."""
    with np.load(path) as file:
        arrays = dict(file)
    labels = np.full(arrays["token_ids"].shape, _IGNORED, np.int64)
    where = np.nonzero(arrays["mask_weights"])
    places = arrays["mask_positions"][where]
    labels[where[0], where[1], places] = arrays["mask_ids"][where]
    return [
        {
            "input_ids": torch.from_numpy(ids.astype(np.int64)),
            "attention_mask": torch.from_numpy(mask.astype(np.int64)),
            "labels": torch.from_numpy(each),
        }
        for ids, mask, each in zip(
            arrays["token_ids"], arrays["padding_mask"], labels, strict=True
        )
    ]


def loss_of(model, batches: list[dict[str, torch.Tensor]]) -> float:
    """The mean over all masked tokens, in float32."""
    total, count = 0.0, 0
    model.eval()
    with torch.no_grad():
        for batch in batches:
            masks = int((batch["labels"] != _IGNORED).sum())
            total += masks * model(**batch).loss.item()
            count += masks
    model.train()
    return total / count


def main() -> None:
    settings = measure.settings()
    torch.set_num_threads(measure.threads())
    torch.manual_seed(settings["seed"])
    config = transformers_models.config(settings["config"])
    model = transformers.AlbertForMaskedLM(config).train()
    rows = torch.from_numpy(np.load(settings["rows_file"])).long()
    batches = held_out(settings["held_out"])
    half = settings["precision"] == "bfloat16"

    def run(optimizer) -> None:
        chosen = torch.randint(len(rows), (settings["batch_size"],))
        ids, labels = masked(
            rows[chosen],
            settings["special_ids"],
            settings["mask_id"],
            config.vocab_size,
        )
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            loss = model(input_ids=ids, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()

    def make_optimizer():
        return torch.optim.AdamW(
            model.parameters(), lr=settings["learning_rate"], weight_decay=0.0
        )

    # Processor time on one core, where other work beside this does not count.
    now = time.time
    if settings["one_core"]:
        now = time.process_time
    started = 0.0 if settings["one_core"] else settings["started"]
    begin = now()
    first = {name: x.clone() for name, x in model.state_dict().items()}
    optimizer = make_optimizer()
    times = []
    for _ in range(_PROBE_STEPS):
        earlier = now()
        run(optimizer)
        times.append(now() - earlier)
    model.load_state_dict(first)
    # These steps and scoring do not count.
    uncounted = now() - begin
    each = float(np.median(times[2:]))
    left = settings["seconds"] - (now() - started - uncounted)
    points = settings["points"]
    steps = max(2 * points, int(left / each))
    optimizer = make_optimizer()
    schedule = transformers.get_linear_schedule_with_warmup(optimizer, 0, steps)
    every = -(-steps // points)
    found = []
    for step in range(1, steps + 1):
        run(optimizer)
        schedule.step()
        if step % every == 0 or step == steps:
            begin = now()
            found.append(
                {
                    "step": step,
                    "seconds": begin - started - uncounted,
                    "num_layers": config.num_hidden_layers,
                    "loss": loss_of(model, batches),
                }
            )
            uncounted += now() - begin
    measure.report(
        {
            "steps": steps,
            "rows_per_second": settings["batch_size"] / each,
            "points": found,
            "versions": transformers_models.versions(),
        }
    )


if __name__ == "__main__":
    main()

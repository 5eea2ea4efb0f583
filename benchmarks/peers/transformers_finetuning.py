"""Worker: fine-tuning with transformers and PyTorch, from text to weights.

What its example scripts do: the text is tokenized at once, batches are padded
to their longest row. With `grouped`, rows of about the same length make a
batch, as with group_by_length of its Trainer. As many steps as one pass over
the examples has: windows of SQuAD beyond these are made and not trained on, as
in ours.
"""

import itertools
import json
import time

import torch
import transformers
from transformers import trainer_pt_utils

from benchmarks import measure
from benchmarks.peers import transformers_models


def texts(settings, tokenizer) -> list[dict]:
    """Features of a .tsv with sentence and label."""
    sentences = measure.read_lines(settings["train_file"], 0)
    labels = measure.read_lines(settings["train_file"], 1)
    encoded = tokenizer(
        sentences, truncation=True, max_length=settings["length"]
    )
    return [
        {"input_ids": ids, "attention_mask": mask, "labels": int(label)}
        for ids, mask, label in zip(
            encoded["input_ids"], encoded["attention_mask"], labels, strict=True
        )
    ]


def spans(settings, tokenizer) -> list[dict]:
    """Features of SQuAD's JSON: a row for each window."""
    with open(settings["train_file"], encoding="utf-8") as file:
        articles = json.load(file)["data"]
    rows = [
        (qa["question"].lstrip(), paragraph["context"], qa["answers"])
        for article in articles
        for paragraph in article["paragraphs"]
        for qa in paragraph["qas"]
    ]
    questions, contexts, answers = zip(*rows, strict=True)
    encoded = tokenizer(
        list(questions),
        list(contexts),
        truncation="only_second",
        max_length=settings["length"],
        stride=settings["stride"],
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
        return_token_type_ids=True,
    )
    features = []
    for window, row in enumerate(encoded["overflow_to_sample_mapping"]):
        start, end = _positions(
            answers[row],
            encoded["offset_mapping"][window],
            encoded.sequence_ids(window),
        )
        features.append(
            {
                "input_ids": encoded["input_ids"][window],
                "token_type_ids": encoded["token_type_ids"][window],
                "attention_mask": encoded["attention_mask"][window],
                "start_positions": start,
                "end_positions": end,
            }
        )
    return features


def _positions(answers, offsets, sides) -> tuple[int, int]:
    """First and last token of the answer; of [CLS] where it is not there."""
    if not answers:
        return 0, 0
    begin = answers[0]["answer_start"]
    end = begin + len(answers[0]["text"])
    context = [n for n, side in enumerate(sides) if side == 1]
    inside = [
        n for n in context if offsets[n][0] < end and offsets[n][1] > begin
    ]
    first, last = context[0], context[-1]
    if not inside or offsets[first][0] > begin or offsets[last][1] < end:
        return 0, 0
    return inside[0], inside[-1]


def main() -> None:
    settings = measure.settings()
    torch.set_num_threads(measure.threads())
    torch.manual_seed(0)
    tokenizer = transformers_models.tokenizer(settings["vocabulary"])
    if settings["task_name"] == "sst-2":
        features = texts(settings, tokenizer)
        model = transformers.AlbertForSequenceClassification
    else:
        features = spans(settings, tokenizer)
        model = transformers.AlbertForQuestionAnswering
    model = model(transformers_models.config(settings["config"])).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5)
    rows, sampler = settings["rows"], None
    if settings.get("grouped"):
        lengths = [len(row["input_ids"]) for row in features]
        sampler = trainer_pt_utils.LengthGroupedSampler(rows, lengths=lengths)
    batches = torch.utils.data.DataLoader(
        features,
        batch_size=rows,
        shuffle=sampler is None,
        sampler=sampler,
        collate_fn=transformers.DataCollatorWithPadding(tokenizer),
        drop_last=True,
    )
    half = settings["precision"] == "bfloat16"
    steps = settings["examples"] // rows
    for batch in itertools.islice(batches, steps):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            loss = model(**batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    seconds = time.time() - settings["started"]
    measure.report(
        {
            "seconds_per_example": seconds / settings["examples"],
            "seconds": seconds,
            "examples": settings["examples"],
            "steps": steps,
            "versions": transformers_models.versions(),
        }
    )


if __name__ == "__main__":
    main()

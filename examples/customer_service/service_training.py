"""The three models and the index of the customer service, trained."""

import json
import os
from typing import Any

import service_data
import service_folder

import albert_tf
from data_pipeline.io import files

# What all runs share. Small models that read each text a few times learn more
# without dropout.
_COMMON: dict[str, Any] = {
    "bias_correction": True,
    "dropout_prob": 0.0,
    "on_failed_run": "stop",
}


def train_intents(
    clinc: dict[str, service_data.Texts],
    folder: str,
    init_checkpoint: str,
    epochs: float,
) -> None:
    """A classifier of texts by intent."""
    albert_tf.finetune(
        train=service_data.rows(clinc["train"]),
        eval=service_data.rows(clinc["val"]),
        text="text",
        label="label",
        init_checkpoint=init_checkpoint,
        output_dir=os.path.join(folder, service_folder.INTENTS),
        max_seq_length=32,
        length_buckets="12,16,24,32",
        train_batch_size=64,
        learning_rate=1e-3,
        num_train_epochs=epochs,
        **_COMMON,
    )


def train_embedder(
    pairs: list[dict[str, str]],
    folder: str,
    init_checkpoint: str,
    epochs: float,
) -> None:
    """An embedding model, by pairs of texts that mean the same."""
    albert_tf.finetune(
        train=pairs,
        text=("text", "positive"),
        task_type="embedding",
        init_checkpoint=init_checkpoint,
        output_dir=os.path.join(folder, service_folder.EMBEDDER),
        max_seq_length=32,
        length_buckets="12,16,32",
        train_batch_size=64,
        learning_rate=1e-3,
        num_train_epochs=epochs,
        **_COMMON,
    )


def build_index(faq: list[service_data.Entry], folder: str) -> None:
    """The index of the FAQ's questions, with BM25."""
    documents = os.path.join(folder, "faq.jsonl")
    rows = [
        {"id": each.id, "text": each.question, "answer": each.answer}
        for each in faq
    ]
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    files.write(documents, "\n".join(lines).encode())
    index = os.path.join(folder, service_folder.FAQ)
    albert_tf.index(
        albert_tf.IndexConfig(
            index=index,
            documents=documents,
            model=os.path.join(folder, service_folder.EMBEDDER),
            rebuild=os.path.isdir(index),
        )
    )


def train_reader(
    rows: list[dict[str, Any]],
    folder: str,
    init_checkpoint: str,
    epochs: float,
) -> None:
    """A reader of sentences, which may have no answer."""
    albert_tf.finetune(
        train=rows,
        text=("question", "context"),
        label="answer",
        answer_start_column="answer_start",
        task_type="span",
        init_checkpoint=init_checkpoint,
        output_dir=os.path.join(folder, service_folder.READER),
        max_seq_length=64,
        doc_stride=24,
        max_query_length=24,
        train_batch_size=32,
        learning_rate=4e-4,
        num_train_epochs=epochs,
        **_COMMON,
    )

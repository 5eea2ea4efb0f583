"""Worker: the same with transformers, as its guides of text classification,
of sharing models and of web servers have it."""

import subprocess
import sys

from benchmarks.front_door import steps


def load_and_predict(given: steps.Given) -> list:
    import transformers

    classify = transformers.pipeline("text-classification", model=given.model)
    return classify(given.texts, top_k=None)


def fine_tune(given: steps.Given) -> float:
    import datasets
    import numpy as np
    import transformers

    data = datasets.load_dataset(
        "csv", data_files={"train": given.train, "test": given.test}
    )
    labels = sorted(set(data["train"]["category"]))
    ids = {label: i for i, label in enumerate(labels)}
    tokenizer = transformers.AutoTokenizer.from_pretrained(given.model)

    def encode(rows):
        encoded = tokenizer(
            rows["text"], truncation=True, max_length=given.length
        )
        encoded["label"] = [ids[name] for name in rows["category"]]
        return encoded

    data = data.map(encode, batched=True)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(
        given.model,
        num_labels=len(labels),
        id2label=dict(enumerate(labels)),
        label2id=ids,
        ignore_mismatched_sizes=True,
    )

    def accuracy(predicted):
        scores, right = predicted
        return {"accuracy": np.mean(np.argmax(scores, axis=-1) == right)}

    trainer = transformers.Trainer(
        model=model,
        args=transformers.TrainingArguments(
            output_dir="run",
            per_device_train_batch_size=given.rows,
            num_train_epochs=given.epochs,
            learning_rate=given.learning_rate,
        ),
        train_dataset=data["train"],
        eval_dataset=data["test"],
        processing_class=tokenizer,
        data_collator=transformers.DataCollatorWithPadding(tokenizer),
        compute_metrics=accuracy,
    )
    trainer.train()
    trainer.save_model("best")
    return trainer.evaluate()["eval_accuracy"]


def push(given: steps.Given) -> None:
    import transformers

    name = given.push_to.removeprefix("hf://")
    transformers.AutoModelForSequenceClassification.from_pretrained(
        "best"
    ).push_to_hub(name)
    transformers.AutoTokenizer.from_pretrained("best").push_to_hub(name)


def serve(given: steps.Given) -> steps.Server:
    process = subprocess.Popen(
        [
            *[sys.executable, "-m", "uvicorn", "--port", str(given.port)],
            "benchmarks.front_door.transformers_app:app",
        ]
    )
    return steps.Server(
        process, f"http://127.0.0.1:{given.port}/predict", given.texts
    )


if __name__ == "__main__":
    steps.run(
        [load_and_predict, fine_tune, push, serve],
        app="transformers_app.py",
    )

"""Worker: text to label by ONNX Runtime, float32, with a fast tokenizer.

transformers' model, as torch.onnx writes it, and transformers' tokenizer.
"""

import os
import tempfile

import onnxruntime
import torch
import transformers

from benchmarks import measure
from benchmarks.peers import transformers_models

_INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def session(config: dict) -> onnxruntime.InferenceSession:
    """Of a classifier of random weights; batches and lengths are free."""
    model = transformers.AlbertForSequenceClassification(
        transformers_models.config(config)
    ).eval()
    model.config.return_dict = False
    ids = torch.ones((2, 8), dtype=torch.long)
    axes = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = measure.threads()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.onnx")
        torch.onnx.export(
            model,
            args=(),
            kwargs={name: ids for name in _INPUTS},
            f=path,
            dynamo=True,
            dynamic_shapes={name: axes for name in _INPUTS},
            input_names=list(_INPUTS),
            verbose=False,
        )
        return onnxruntime.InferenceSession(path, options)


def main() -> None:
    settings = measure.settings()
    run_model = session(settings["config"])
    tokenizer = transformers_models.tokenizer(settings["vocabulary"])
    texts = measure.read_lines(settings["texts_file"], 0)
    batches = measure.batches_of(texts, settings["rows"])

    def run(number):
        rows = tokenizer(
            batches[number % len(batches)],
            padding=True,
            truncation=True,
            max_length=settings["length"],
            return_tensors="np",
            return_token_type_ids=True,
        )
        (logits,) = run_model.run(None, {n: rows[n] for n in _INPUTS})
        return logits.argmax(axis=1)

    seconds = measure.calls(run, settings)
    measure.report(
        {
            "seconds_per_text": seconds / settings["rows"],
            "versions": {
                **transformers_models.versions(),
                "onnxruntime": onnxruntime.__version__,
            },
        }
    )


if __name__ == "__main__":
    main()

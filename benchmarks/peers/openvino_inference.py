"""Worker: text to label by OpenVINO, with a fast tokenizer.

transformers' model, as OpenVINO converts it from PyTorch, and transformers'
tokenizer. 8 bits are NNCF's, with its settings for transformers.
"""

import contextlib
import os
import sys
import tempfile

import nncf
import openvino
import torch
import transformers

from benchmarks import measure
from benchmarks.peers import transformers_models

# Texts that ranges of activations are measured on, for int8.
_SAMPLES = 100


def convert(config: dict) -> openvino.Model:
    """A classifier of random weights; batches and lengths are free."""
    model = transformers.AlbertForSequenceClassification(
        transformers_models.config(config)
    ).eval()
    ids = torch.ones((2, 8), dtype=torch.long)
    return openvino.convert_model(
        model, example_input={name: ids for name in transformers_models.INPUTS}
    )


def main() -> None:
    settings = measure.settings()
    quantization = settings["quantization"]
    encoded = transformers_models.encoder(settings)
    texts = measure.read_lines(settings["texts_file"], 0)
    batches = measure.batches_of(texts, settings["rows"])
    model = convert(settings["config"])
    if quantization == "int8":
        with contextlib.redirect_stdout(sys.stderr):
            model = nncf.quantize(
                model,
                nncf.Dataset([encoded([text]) for text in texts[:_SAMPLES]]),
                model_type=nncf.ModelType.TRANSFORMER,
                subset_size=_SAMPLES,
            )
    hints = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": measure.threads(),
    }
    if quantization == "float32":
        hints["INFERENCE_PRECISION_HINT"] = "f32"
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.xml")
        openvino.save_model(
            model, path, compress_to_fp16=quantization == "bfloat16"
        )
        size = sum(entry.stat().st_size for entry in os.scandir(folder))
        compiled = openvino.Core().compile_model(path, "CPU", hints)
        request = compiled.create_infer_request()

    def run(number):
        # transformers' pipelines take requests apart in the same way.
        for part in measure.parts(batches[number % len(batches)]):
            request.infer(encoded(part))[0].argmax(axis=1)

    measure.report(
        {
            **measure.answers(run, settings),
            "size_mb": size / 1e6,
            "versions": {
                **transformers_models.versions(),
                "openvino": openvino.__version__,
                "nncf": nncf.__version__,
            },
        }
    )


if __name__ == "__main__":
    main()

"""Worker: text to label by ONNX Runtime, with a fast tokenizer.

transformers' model, as torch.onnx writes it, and transformers' tokenizer.
"""

import os
import tempfile

import onnxruntime
import torch
import transformers
from onnxruntime.quantization import QuantType
from onnxruntime.quantization import quantize_dynamic
from onnxruntime.quantization import quantize_static

from benchmarks import measure
from benchmarks.peers import transformers_models

# Texts that ranges of activations are measured on, for int8.
_SAMPLES = 100


def export(config: dict, path: str) -> None:
    """Writes a classifier of random weights; batches and lengths are free."""
    model = transformers.AlbertForSequenceClassification(
        transformers_models.config(config)
    ).eval()
    model.config.return_dict = False
    ids = torch.ones((2, 8), dtype=torch.long)
    axes = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    torch.onnx.export(
        model,
        args=(),
        kwargs={name: ids for name in transformers_models.INPUTS},
        f=path,
        dynamo=True,
        external_data=False,
        dynamic_shapes={name: axes for name in transformers_models.INPUTS},
        input_names=list(transformers_models.INPUTS),
        verbose=False,
    )


def quantize(path: str, quantization: str, samples: list[dict]) -> str:
    """The path of the file in 8 bits, or of the given one for float32."""
    if quantization == "float32":
        return path
    quantized = f"{path}.{quantization}"
    if quantization == "dynamic_int8":
        quantize_dynamic(path, quantized, weight_type=QuantType.QInt8)
    else:
        quantize_static(
            path, quantized, _Samples(samples), op_types_to_quantize=["MatMul"]
        )
    return quantized


class _Samples:
    def __init__(self, samples: list[dict]) -> None:
        self._left = iter(samples)

    def get_next(self):
        return next(self._left, None)


def main() -> None:
    settings = measure.settings()
    encoded = transformers_models.encoder(settings)
    texts = measure.read_lines(settings["texts_file"], 0)
    batches = measure.batches_of(texts, settings["rows"])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = measure.threads()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.onnx")
        export(settings["config"], path)
        samples = [encoded([text]) for text in texts[:_SAMPLES]]
        path = quantize(path, settings["quantization"], samples)
        size = os.path.getsize(path)
        session = onnxruntime.InferenceSession(path, options)

    def run(number):
        # transformers' pipelines take requests apart in the same way.
        for part in measure.parts(batches[number % len(batches)]):
            session.run(None, encoded(part))[0].argmax(axis=1)

    measure.report(
        {
            **measure.answers(run, settings),
            "size_mb": size / 1e6,
            "versions": {
                **transformers_models.versions(),
                "onnxruntime": onnxruntime.__version__,
            },
        }
    )


if __name__ == "__main__":
    main()

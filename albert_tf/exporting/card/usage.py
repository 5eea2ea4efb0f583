"""How each format of an export is loaded and called, as text for its card."""

from collections.abc import Mapping
from collections.abc import Sequence

# Arguments of the signature "text", by kind and number of texts.
_TEXT = {
    "pretraining": {"texts": ["A [MASK] in the house."]},
    "multiple_choice": {
        "texts": ["The text to read."],
        "choices": [["What? One.", "What? Another."]],
    },
    "span": {"questions": ["Who?"], "contexts": ["Ann did it."]},
}

_SAVED_MODEL = """\
**SavedModel**, text in, answer out; needs only tensorflow and tensorflow_text:

```python
import tensorflow as tf
import tensorflow_text  # noqa: F401  (operations of the tokenizer)

model = tf.saved_model.load("{folder}")
answer = model.signatures["text"]({arguments})
```

In a Keras model:

```python
import keras

layer = keras.layers.TFSMLayer("{folder}", call_endpoint="features")
encoded = layer(
    {{"token_ids": ids, "segment_ids": segments, "padding_mask": mask}}
)
```

Over HTTP: `albert-tf serve --port=8501 {folder}`
"""

_LITERT = """\
**LiteRT**, ids in (int32), numbers out; needs ai-edge-litert:

```python
from ai_edge_litert import interpreter

model = interpreter.Interpreter("{folder}/litert/{file}")
outputs = model.get_signature_runner()({inputs})
```
"""

_ONNX = """\
**ONNX**, ids in (int32), numbers out, any batch and length; needs onnxruntime:

```python
import onnxruntime

model = onnxruntime.InferenceSession("{folder}/onnx/{file}")
outputs = model.run(None, {{{items}}})
```
"""

_HUGGING_FACE = """\
**transformers**:

```python
from transformers import pipeline

model = pipeline("{pipeline}", "{folder}/huggingface")
```
"""

# By kind; of the others transformers has no pipeline.
PIPELINES = {
    "pretraining": "fill-mask",
    "classification": "text-classification",
    "multilabel": "text-classification",
    "regression": "text-classification",
    "tagging": "token-classification",
    "span": "question-answering",
}


def text(
    folder: str,
    kind: str,
    num_texts: int,
    input_names: Sequence[str],
    files: Mapping[str, Sequence[str]],
) -> str:
    """The section on how to call what was exported.

    Args:
        folder: what the export is called.
        kind, num_texts: of the task.
        input_names: of ids, as of ids_function.input_names.
        files: by format, the names of its model files; a format that is not
            there was not exported.
    """
    parts = []
    if "savedmodel" in files:
        given = _TEXT.get(kind) or {
            name: ["A text."] for name in ("texts", "second_texts")[:num_texts]
        }
        arguments = ", ".join(
            f"{name}=tf.constant({value!r})" for name, value in given.items()
        )
        parts.append(_SAVED_MODEL.format(folder=folder, arguments=arguments))
    if "litert" in files:
        parts.append(
            _LITERT.format(
                folder=folder,
                file=files["litert"][0],
                inputs=", ".join(f"{name}={name}" for name in input_names),
            )
        )
    if "onnx" in files:
        parts.append(
            _ONNX.format(
                folder=folder,
                file=files["onnx"][0],
                items=", ".join(f'"{name}": {name}' for name in input_names),
            )
        )
    if "huggingface" in files and kind in PIPELINES:
        parts.append(
            _HUGGING_FACE.format(folder=folder, pipeline=PIPELINES[kind])
        )
    return "\n".join(parts)

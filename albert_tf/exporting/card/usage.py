"""How each format of an export is loaded and called, as text for its card."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from albert_tf import kinds

# Arguments of the signature "text" of a pretrained model.
_MASKED = {"texts": ["A [MASK] in the house."]}

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


def pipeline(kind: str) -> str | None:
    """The pipeline of transformers for a kind of model; None if it has none."""
    found = kinds.KINDS.get(kind)
    return found.pipeline if found else "fill-mask"


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
        given: Mapping[str, Any] = _MASKED
        if kind in kinds.KINDS:
            given = kinds.KINDS[kind].example(num_texts)
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
    if "huggingface" in files and (named := pipeline(kind)):
        parts.append(_HUGGING_FACE.format(folder=folder, pipeline=named))
    return "\n".join(parts)

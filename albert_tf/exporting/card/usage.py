"""The section of a model card on how to load and call each format."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from albert_tf import kinds

# Arguments of a pretrained model's signature "text".
_MASKED = {"texts": ["A [MASK] in the house."]}

_SAVED_MODEL = """\
**SavedModel**: text to answers; needs only tensorflow and tensorflow_text:

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
**LiteRT**: int32 ids to numbers; needs ai-edge-litert:

```python
from ai_edge_litert import interpreter

model = interpreter.Interpreter("{folder}/litert/{file}")
outputs = model.get_signature_runner()({inputs})
```
"""

_ONNX = """\
**ONNX**: int32 ids of any batch size and length to numbers; needs onnxruntime:

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
    """Name of the pipeline of transformers for a kind; None without one."""
    found = kinds.KINDS.get(kind)
    return found.pipeline if found else "fill-mask"


def text(
    folder: str,
    kind: str,
    num_texts: int,
    input_names: Sequence[str],
    files: Mapping[str, Sequence[str]],
) -> str:
    """Writes the section on how to call the exported formats.

    Args:
        folder: name of the export's folder.
        kind, num_texts: kind of the task, and number of texts in an example.
        input_names: names of the inputs, from ids_function.input_names.
        files: exported formats -> names of their model files.
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
